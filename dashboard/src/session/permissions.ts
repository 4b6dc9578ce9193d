/** What the signed-in person may do, in the platform's own permission strings. */
import type { components } from '@/api/schema.gen';

export type Me = components['schemas']['Me'];

/** `subject:action`, as the API names them. */
export type Permission = `${string}:${string}`;

/** Whether `me` holds `permission`, directly, by `subject:*` or by `*`. */
export function may(me: Pick<Me, 'permissions'>, permission: Permission): boolean {
  const subject = permission.slice(0, permission.indexOf(':'));
  return me.permissions.some(
    (held) => held === '*' || held === permission || held === `${subject}:*`,
  );
}
