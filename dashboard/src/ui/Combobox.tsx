/** One of many, found by typing: a field with a list under it, as the ARIA pattern describes. */
import { CloseOutlined, DownOutlined } from '@ant-design/icons';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';

import styles from './Combobox.module.css';

export interface Option {
  value: string;
  label: string;
  /** Found by this too. */
  search?: string;
  disabled?: boolean;
}

interface ComboboxProps {
  id?: string;
  /** Left out where a label names the field by its id. */
  label?: string;
  value: string | null;
  options: readonly Option[];
  onChange: (value: string | null) => void;
  placeholder?: string;
  /** Whether it can be taken back. */
  clearable?: boolean;
  busy?: boolean;
  /** What is typed, where somebody else finds the options; else they are narrowed here. */
  onType?: (text: string) => void;
  /** Text that is none of the options counts too. */
  free?: boolean;
  onOpen?: () => void;
  className?: string | undefined;
  'aria-describedby'?: string | undefined;
  'aria-invalid'?: boolean;
}

/** More are not listed; one types on. */
const LISTED = 100;

export function Combobox(props: ComboboxProps) {
  const { value, options, onChange, clearable = false, free = false, onType } = props;
  const { t } = useTranslation('common');
  const made = useId();
  const id = props.id ?? made;
  const [typed, setTyped] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const chosen = options.find((option) => option.value === value);
  const isOpen = typed !== null;
  const text = (typed ?? '').trim().toLocaleLowerCase();
  const found = (
    onType !== undefined || text === ''
      ? options
      : options.filter((option) =>
          `${option.label} ${option.search ?? ''}`.toLocaleLowerCase().includes(text),
        )
  ).slice(0, LISTED);

  const open = () => {
    if (!isOpen) {
      setTyped('');
      onType?.('');
      props.onOpen?.();
      setAt(Math.max(0, options.findIndex((option) => option.value === value)));
    }
  };
  const close = () => {
    setTyped(null);
  };
  const choose = (option: Option | undefined) => {
    if (option !== undefined && option.disabled !== true) {
      close();
      onChange(option.value);
    }
  };

  useLayoutEffect(() => {
    const [box, panel] = [field.current, list.current];
    if (!isOpen || box === null || panel === null) {
      return;
    }
    const place = () => {
      const { left, right, top, bottom, width } = box.getBoundingClientRect();
      const below = innerHeight - bottom;
      const isAbove = below < 240 && top > below;
      panel.style.maxHeight = `${Math.min(320, (isAbove ? top : below) - 12)}px`;
      panel.style.minWidth = `${width}px`;
      panel.style.top = isAbove ? 'auto' : `${bottom + 4}px`;
      panel.style.bottom = isAbove ? `${innerHeight - top + 4}px` : 'auto';
      const isRtl = document.documentElement.dir === 'rtl';
      panel.style.left = isRtl ? 'auto' : `${left}px`;
      panel.style.right = isRtl ? `${document.documentElement.clientWidth - right}px` : 'auto';
    };
    // in the top layer, so that no dialog cuts it off; it stays with its field
    panel.showPopover();
    place();
    addEventListener('scroll', place, true);
    addEventListener('resize', place);
    return () => {
      removeEventListener('scroll', place, true);
      removeEventListener('resize', place);
    };
  }, [isOpen]);
  useEffect(() => {
    if (isOpen) {
      document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' });
    }
  }, [isOpen, at, id]);

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const { key } = event;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault();
      if (!isOpen) {
        open();
      } else if (found.length > 0) {
        setAt((at + (key === 'ArrowDown' ? 1 : found.length - 1)) % found.length);
      }
    } else if (key === 'Enter' && isOpen) {
      event.preventDefault();
      if (found[at] !== undefined) {
        choose(found[at]);
      } else if (free && typed.trim() !== '') {
        close();
        onChange(typed.trim());
      }
    } else if (key === 'Escape' && isOpen) {
      // closes the list, not the dialog around it
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  };
  return (
    <span className={props.className === undefined ? styles.box : `${styles.box} ${props.className}`}>
      <input
        ref={field}
        id={id}
        type="text"
        role="combobox"
        autoComplete="off"
        spellCheck={false}
        aria-label={props.label}
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-busy={props.busy === true}
        aria-describedby={props['aria-describedby']}
        aria-invalid={props['aria-invalid']}
        {...(isOpen && found.length > 0 ? { 'aria-activedescendant': `${id}-${at}` } : {})}
        dir="auto"
        className={styles.field}
        placeholder={chosen?.label ?? props.placeholder}
        value={typed ?? chosen?.label ?? value ?? ''}
        onClick={open}
        onBlur={close}
        onKeyDown={onKeyDown}
        onChange={({ target }) => {
          open();
          setTyped(target.value);
          setAt(0);
          onType?.(target.value);
        }}
      />
      {clearable && value !== null && !isOpen ? (
        <button
          type="button"
          className={styles.clear}
          aria-label={t('clear')}
          onClick={() => {
            onChange(null);
            field.current?.focus();
          }}
        >
          <CloseOutlined aria-hidden />
        </button>
      ) : (
        <DownOutlined aria-hidden className={styles.arrow ?? ''} />
      )}
      <ul
        ref={list}
        id={`${id}-list`}
        popover="manual"
        role="listbox"
        aria-label={props.label ?? t('options')}
        hidden={!isOpen}
        className={styles.list}
      >
        {isOpen &&
          found.map((option, index) => (
            <li
              key={option.value}
              id={`${id}-${index}`}
              role="option"
              aria-selected={option.value === value}
              aria-disabled={option.disabled === true}
              data-at={index === at}
              className={styles.option}
              // the field keeps the focus
              onPointerDown={(event) => {
                event.preventDefault();
              }}
              onPointerEnter={() => {
                setAt(index);
              }}
              onClick={() => {
                choose(option);
              }}
            >
              <bdi>{option.label}</bdi>
            </li>
          ))}
        {isOpen && found.length === 0 && (
          <li role="option" aria-selected="false" aria-disabled="true" className={styles.none}>
            {props.busy === true ? t('loading') : t('nothingFound')}
          </li>
        )}
      </ul>
    </span>
  );
}
