/** Shows a component inside the app's own surroundings, in a language of choice. */
import { QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import type { RenderResult } from '@testing-library/react';
import type { ReactNode } from 'react';

import { LanguageProvider, prepareLanguage } from '@/i18n/LanguageProvider';
import type { LanguageCode } from '@/i18n/languages';
import english from '@/i18n/locales/en';
import { PreferencesProvider } from '@/preferences/PreferencesProvider';
import { writePreferences } from '@/preferences/storage';
import { createQueryClient } from '@/query/queryClient';
import { Theme } from '@/theme/Theme';

export async function show(content: ReactNode, language: LanguageCode = 'en'): Promise<RenderResult> {
  writePreferences({ language, theme: 'light', timeZone: 'Europe/Berlin' });
  const i18n = await prepareLanguage(language);
  await i18n.loadNamespaces(Object.keys(english));
  return render(
    <PreferencesProvider>
      <LanguageProvider i18n={i18n}>
        <Theme>
          <QueryClientProvider client={createQueryClient()}>{content}</QueryClientProvider>
        </Theme>
      </LanguageProvider>
    </PreferencesProvider>,
  );
}
