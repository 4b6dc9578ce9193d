// @vitest-environment node
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { TABS, TAB_TEXTS } from '@/features/tenants/search';

import ar from './locales/ar';
import en from './locales/en';
import ru from './locales/ru';

interface Tree { [key: string]: string | Tree }

const LANGUAGES: Record<string, Tree> = { en, ru, ar };
const PLURAL = /_(zero|one|two|few|many|other)$/;

/** Every text by its whole name, `namespace:part.of.page`. */
function textsOf(language: string): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (tree: Tree, prefix: string, separator: string) => {
    for (const [key, value] of Object.entries(tree)) {
      const name = prefix === '' ? key : `${prefix}${separator}${key}`;
      if (typeof value === 'string') {
        found.set(name, value);
      } else {
        walk(value, name, prefix === '' ? ':' : '.');
      }
    }
  };
  walk(LANGUAGES[language] ?? {}, '', ':');
  return found;
}

/** Names without their plural endings. */
function namesOf(language: string): Set<string> {
  return new Set([...textsOf(language).keys()].map((name) => name.replace(PLURAL, '')));
}

function placeholdersOf(text: string): string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}|<(\w+)>/g)].map(([whole]) => whole).sort();
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return entry.name === 'locales' ? [] : sources(path);
    }
    return /(?<!\.test|\.gen)\.tsx?$/.test(entry.name) ? [readFileSync(path, 'utf8')] : [];
  });
}

describe.each(['ru', 'ar'])('%s', (language) => {
  it('has the same texts as English', () => {
    expect([...namesOf(language)].sort()).toEqual([...namesOf('en')].sort());
  });

  it('has a form for every plural of the language', () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const texts = textsOf(language);
    const plurals = new Set(
      [...textsOf('en').keys()].filter((key) => PLURAL.test(key)).map((key) => key.replace(PLURAL, '')),
    );
    const missing = [...plurals].flatMap((name) =>
      forms.map((form) => `${name}_${form}`).filter((key) => !texts.has(key)),
    );
    expect(plurals.size).toBeGreaterThan(0);
    expect(missing).toEqual([]);
  });

  it('fills in the same places as English', () => {
    const english = textsOf('en');
    const different = [...textsOf(language)]
      .filter(([name]) => !PLURAL.test(name))
      .filter(
        ([name, text]) =>
          placeholdersOf(text).join() !== placeholdersOf(english.get(name) ?? '').join(),
      );
    expect(different).toEqual([]);
  });

  it('leaves nothing in English, but for names', () => {
    const letters = { ru: /[а-яё]/i, ar: /[\u0600-\u06ff]/ }[language] ?? /./;
    const untranslated = [...textsOf(language)]
      .filter(([, text]) => !letters.test(text))
      .map(([name]) => name);
    expect(untranslated.filter((name) => !NAMES.has(name))).toEqual([]);
  });
});

/** Names of products and short marks that are the same everywhere. */
const NAMES = new Set([
  'common:table.pageOf',
  'common:table.range',
  'signIn:systems',
  'tenants:fields.odoo',
  'tenants:fields.id',
  'tenants:feature.crm',
  'tenants:form.odoo',
  'tenants:check.version',
]);

it('has no text that no page shows', () => {
  const code = sources(join(import.meta.dirname, '..')).join('\n');
  const unused = [...namesOf('en')].filter((name) => {
    const [namespace = '', key = ''] = name.split(':');
    const [, last = ''] = /([^.]+)$/.exec(key) ?? [];
    const parent = key.slice(0, -last.length);
    return (
      !code.includes(`'${key}'`) &&
      !code.includes(`"${key}"`) &&
      !code.includes(`'${namespace}:${key}'`) &&
      !code.includes(`\`${parent}\${`) &&
      !code.includes(`\`${namespace}:${parent}\${`)
    );
  });
  expect(unused).toEqual([]);
});

it('has words for every code the API answers with', () => {
  const document = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../../openapi.json'), 'utf8'),
  ) as { components: { schemas: { Problem: { properties: { code: { enum: string[] } } } } } };
  const codes = document.components.schemas.Problem.properties.code.enum;
  expect(codes.length).toBeGreaterThan(30);
  expect(codes.filter((code) => !(code in en.problems))).toEqual([]);
});

describe('the router', () => {
  const src = join(import.meta.dirname, '..');
  const known = new Set(Object.keys(en));

  /** The file an import leads to; null for packages. */
  function resolve(from: string, wanted: string): string | null {
    const path = wanted.startsWith('@/')
      ? join(src, wanted.slice(2))
      : wanted.startsWith('.')
        ? join(dirname(from), wanted)
        : null;
    return (
      ['.tsx', '.ts']
        .map((end) => `${String(path)}${end}`)
        .find((file) => path !== null && existsSync(file)) ?? null
    );
  }

  /** The namespaces that a file and everything it imports, at once or later, speak in. */
  function spoken(file: string, seen = new Set<string>()): Set<string> {
    if (seen.has(file)) {
      return new Set();
    }
    seen.add(file);
    const code = readFileSync(file, 'utf8');
    const names = [
      ...[...code.matchAll(/useTranslation\(\s*(\[[^\]]*\]|'\w+')/g)].flatMap(([, list = '']) =>
        [...list.matchAll(/'(\w+)'/g)].map(([, name = '']) => name),
      ),
      ...[...code.matchAll(/\bt\(\s*['`](\w+):/g)].map(([, name = '']) => name),
    ];
    const below = [...code.matchAll(/(?:from |import\()'([^']+)'/g)].flatMap(([, wanted = '']) => {
      const next = resolve(file, wanted);
      return next === null ? [] : [...spoken(next, seen)];
    });
    return new Set([...names, ...below].filter((name) => known.has(name)));
  }

  const routes = ['router.tsx', 'copied.ts']
    .map((file) => readFileSync(join(src, 'routes', file), 'utf8'))
    .join('\n')
    .split('createRoute({')
    .flatMap((part) => {
      const page = /import\('@\/([^']+)'\)/.exec(part)?.[1];
      const loaded = /loader: texts\(([^)]*)\)/.exec(part)?.[1] ?? '';
      return page === undefined || part.includes('TAB_TEXTS')
        ? []
        : [{ page, loaded: loaded.match(/\w+/g) ?? [] }];
    });
  const tabs = TABS.map((tab) => ({
    page: `features/tenants/tabs/${tab.charAt(0).toUpperCase()}${tab.slice(1)}`,
    loaded: ['tenants', ...TAB_TEXTS[tab]],
  }));

  it('knows the pages', () => {
    expect(routes.length).toBeGreaterThan(20);
  });

  it.each([...routes, ...tabs])('loads the texts of $page', ({ page, loaded }) => {
    const wanted = spoken(join(src, `${page}.tsx`));
    for (const always of ['common', 'problems', 'shell']) {
      wanted.delete(always);
    }
    expect([...loaded].sort()).toEqual([...wanted].sort());
  });
});
