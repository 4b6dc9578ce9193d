/** The frame of every page after signing in: menu, search, person, content. */
import { MenuOutlined, SearchOutlined } from '@ant-design/icons';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { Button } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Bell } from '@/features/alerts/Bell';
import { LiveProvider } from '@/query/LiveProvider';
import { Logo } from '@/theme/Logo';

import { Menu } from './Menu';
import { PersonMenu } from './PersonMenu';
import { LanguageChoice, ThemeChoiceButton } from './PreferenceControls';
import { SearchDialog } from './search/SearchDialog';
import { isApple, useShortcut } from './shortcut';
import styles from './Shell.module.css';

export function Shell() {
  const { t } = useTranslation('shell');
  const [searching, setSearching] = useState(false);
  const drawer = useRef<HTMLDialogElement>(null);
  const content = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const shown = useRef(path);

  useShortcut('k', () => {
    setSearching(true);
  });
  useEffect(() => {
    if (shown.current !== path) {
      shown.current = path;
      drawer.current?.close();
      content.current?.focus({ preventScroll: true });
    }
  }, [path]);

  return (
    <div className={styles.shell}>
      <a href="#content" className={styles.skip}>
        {t('skip')}
      </a>
      <aside className={styles.rail}>
        <div className={styles.brand}>
          <Logo />
        </div>
        <Menu />
      </aside>
      <dialog
        ref={drawer}
        className={styles.drawer}
        aria-label={t('menu')}
        onClick={(event) => {
          if (event.target === event.currentTarget) {
            event.currentTarget.close();
          }
        }}
      >
        <div className={styles.brand}>
          <Logo />
        </div>
        <Menu />
      </dialog>
      <div className={styles.page}>
        <header className={styles.top}>
          <Button
            type="text"
            className={styles.opener ?? ''}
            icon={<MenuOutlined aria-hidden />}
            aria-label={t('menu')}
            onClick={() => drawer.current?.showModal()}
          />
          <button
            type="button"
            className={styles.search}
            onClick={() => {
              setSearching(true);
            }}
          >
            <SearchOutlined aria-hidden />
            <span className={styles.searchWords}>{t('search.open')}</span>
            <kbd className={styles.key}>{isApple() ? '⌘ K' : 'Ctrl K'}</kbd>
          </button>
          <span className={styles.tools}>
            <Bell />
            <LanguageChoice />
            <ThemeChoiceButton />
            <PersonMenu />
          </span>
        </header>
        <main id="content" ref={content} tabIndex={-1} className={styles.content}>
          <LiveProvider>
            <Outlet />
          </LiveProvider>
        </main>
      </div>
      {searching && (
        <SearchDialog
          onClose={() => {
            setSearching(false);
          }}
        />
      )}
    </div>
  );
}
