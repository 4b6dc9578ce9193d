/** Find anything from anywhere: type, choose with the arrow keys, go there with Enter. */
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { ErrorPanel } from '@/ui/ErrorPanel';

import styles from './SearchDialog.module.css';
import { useFound } from './useFound';
import type { Found, Group } from './useFound';

const GROUPS: readonly Group[] = ['pages', 'tenants', 'people', 'requests'];

export function SearchDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('shell');
  const navigate = useNavigate();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(0);
  const { found, isSearching, error } = useFound(typed);
  const current = Math.min(chosen, found.length - 1);

  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  const go = (one: Found) => {
    onClose();
    void navigate(one.to);
  };
  const move = (by: number) => {
    const next = (current + by + found.length) % Math.max(1, found.length);
    setChosen(next);
    document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' });
  };

  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label={t('search.title')}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === event.currentTarget) {
          onClose();
        }
      }}
    >
      <input
        autoFocus
        role="combobox"
        aria-expanded={found.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={current >= 0 ? `${id}-${current}` : undefined}
        aria-autocomplete="list"
        aria-label={t('search.title')}
        placeholder={t('search.placeholder')}
        className={styles.input}
        value={typed}
        autoComplete="off"
        spellCheck={false}
        dir="auto"
        onChange={({ target }) => {
          setTyped(target.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
            event.preventDefault();
            move(event.key === 'ArrowDown' ? 1 : -1);
          } else if (event.key === 'Enter' && found[current] !== undefined) {
            event.preventDefault();
            go(found[current]);
          }
        }}
      />
      {error !== null && <ErrorPanel compact error={error} />}
      <div id={`${id}-list`} role="listbox" aria-label={t('search.results')} className={styles.list}>
        {GROUPS.map((group) => {
          const members = found.filter((one) => one.group === group);
          return members.length === 0 ? null : (
            <div key={group} role="group" aria-label={t(`search.groups.${group}`)}>
              <p className={styles.group} aria-hidden="true">
                {t(`search.groups.${group}`)}
              </p>
              {members.map((one) => {
                const place = found.indexOf(one);
                return (
                  <div
                    key={one.key}
                    id={`${id}-${place}`}
                    role="option"
                    aria-selected={place === current}
                    className={styles.option}
                    onClick={() => {
                      go(one);
                    }}
                    onMouseMove={() => {
                      setChosen(place);
                    }}
                  >
                    <bdi>{one.title}</bdi>
                    <bdi className={styles.detail}>{one.detail}</bdi>
                  </div>
                );
              })}
            </div>
          );
        })}
      </div>
      <p role="status" className={styles.foot}>
        {isSearching
          ? t('search.searching')
          : found.length > 0
            ? t('search.keys')
            : t('search.nothing')}
      </p>
    </dialog>
  );
}
