/** Chromium as the tests use it: Debian's, quiet, with an empty profile of its own. */
import { chromium } from 'playwright-core';

export const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launch(executablePath) {
  return chromium.launch({ executablePath, args: FLAGS });
}

/**
 * A fresh person: no cookies, nothing stored. `complaints` gathers what must never happen:
 * errors of scripts, anything the content security policy blocked, requests to other hosts.
 */
export async function visitor(browser, base, { language = 'en', theme = 'light', width = 1440 } = {}) {
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 844 : 900 },
    locale: { en: 'en-GB', ru: 'ru-RU', ar: 'ar-EG' }[language],
    timezoneId: 'Europe/Berlin',
    colorScheme: theme,
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const complaints = [];
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  watch(page, base, complaints);
  return { context, page, complaints };
}

export function watch(page, base, complaints) {
  page.on('pageerror', (error) => complaints.push(`script: ${error.message}`));
  page.on('console', (message) => {
    // the browser itself reports each refused request; what the app makes of those is tested
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) {
      complaints.push(`console: ${message.text()}`);
    }
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (/^https?:$/.test(protocol) && origin !== base) {
      complaints.push(`request to another host: ${request.url()}`);
    }
  });
}
