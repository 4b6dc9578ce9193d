/** Shows a component inside the app's own surroundings, in a language of choice. */
import { QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import type { RenderResult } from '@testing-library/react';
import type { ReactNode } from 'react';

import { LanguageProvider, prepareLanguage } from '@/i18n/LanguageProvider';
import type { LanguageCode } from '@/i18n/languages';
import { PreferencesProvider } from '@/preferences/PreferencesProvider';
import { writePreferences } from '@/preferences/storage';
import { createQueryClient } from '@/query/queryClient';
import { Theme } from '@/theme/Theme';

export async function show(content: ReactNode, language: LanguageCode = 'en'): Promise<RenderResult> {
  writePreferences({ language, theme: 'light', timeZone: 'Europe/Berlin' });
  const first = await prepareLanguage(language);
  return render(
    <PreferencesProvider>
      <LanguageProvider first={first}>
        <Theme>
          <QueryClientProvider client={createQueryClient()}>{content}</QueryClientProvider>
        </Theme>
      </LanguageProvider>
    </PreferencesProvider>,
  );
}
