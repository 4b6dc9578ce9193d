import type { TFunction } from 'i18next';

import shell from '@/i18n/locales/en/shell.json';

type KnownRole = keyof typeof shell.roles;

/** The name of a built-in role, or the code of one a tenant made itself. */
export function roleName(t: TFunction<'shell'>, role: string): string {
  return role in shell.roles ? t(`roles.${role as KnownRole}`) : role;
}

/** One or two letters that stand for a person. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s.@_-]+/).filter(Boolean);
  return [words[0], words[1]].map((word) => Array.from(word ?? '')[0] ?? '').join('').toUpperCase();
}
