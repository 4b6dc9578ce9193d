/** Permissions in words, in the order of the platform's own table. */
import type { TFunction } from 'i18next';

import roles from '@/i18n/locales/en/roles.json';

type Known = keyof typeof roles.permission;

/** `subject:action` in words; of one these texts don't know, the `otherwise` that the API says. */
export function permissionName(t: TFunction<'roles'>, permission: string, otherwise = permission) {
  const key = permission.replace(':', '_');
  return key in roles.permission ? t(`permission.${key as Known}`) : otherwise;
}

type KnownSubject = keyof typeof roles.subject;

export function subjectName(t: TFunction<'roles'>, subject: string): string {
  return subject in roles.subject ? t(`subject.${subject as KnownSubject}`) : subject;
}

export function subjectOf(permission: string): string {
  return permission.slice(0, permission.indexOf(':'));
}

/** Whether `held`, with its `*` and `subject:*`, is also `permission`. */
export function includes(held: readonly string[], permission: string): boolean {
  return (
    held.includes('*') || held.includes(permission) || held.includes(`${subjectOf(permission)}:*`)
  );
}

/** Every single permission of `known` that `held` stands for. */
export function expand(held: readonly string[], known: readonly string[]): string[] {
  return known.filter((permission) => includes(held, permission));
}
