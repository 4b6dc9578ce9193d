/** Puts the app together and starts it. */
import './theme/global.css';

import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { createApi } from './api/client';
import { ApiContext } from './api/context';
import { LanguageProvider, prepareLanguage } from './i18n/LanguageProvider';
import { PreferencesProvider } from './preferences/PreferencesProvider';
import { readPreferences } from './preferences/storage';
import { createQueryClient } from './query/queryClient';
import { createAppRouter } from './routes/router';
import { SessionContext } from './session/context';
import { followSession } from './session/followSession';
import { createSession } from './session/session';
import { Theme } from './theme/Theme';

async function start(): Promise<void> {
  const root = document.getElementById('root');
  if (root === null) {
    throw new Error('The page has no element with the id root.');
  }
  const baseUrl = window.location.origin;
  const { locks } = navigator as { locks?: LockManager };
  const session = createSession({ baseUrl, storage: localStorage, locks });
  const api = createApi(baseUrl, session);
  const queryClient = createQueryClient();
  const [i18n] = await Promise.all([
    prepareLanguage(readPreferences().language),
    session.restore(),
  ]);
  const router = createAppRouter({
    api,
    session,
    queryClient,
    loadTexts: (names) => i18n.loadNamespaces(names),
  });
  followSession(session, queryClient, router);

  createRoot(root).render(
    <StrictMode>
      <PreferencesProvider>
        <LanguageProvider i18n={i18n}>
          <Theme>
            <ApiContext value={api}>
              <SessionContext value={session}>
                <QueryClientProvider client={queryClient}>
                  <RouterProvider router={router} />
                </QueryClientProvider>
              </SessionContext>
            </ApiContext>
          </Theme>
        </LanguageProvider>
      </PreferencesProvider>
    </StrictMode>,
  );
}

void start();
