// @vitest-environment node
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

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
