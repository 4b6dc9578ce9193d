/** Who is signed in and where, other tenants of theirs, their account, the way out. */
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import { answer } from '@/api/client';
import { useApi } from '@/api/context';
import { useMe, useSessionControl } from '@/session/context';
import { useToasts } from '@/ui/toasts';

import styles from './PersonMenu.module.css';
import { initialsOf, roleName } from './person';

export function PersonMenu() {
  const { t } = useTranslation('shell');
  const me = useMe();
  const api = useApi();
  const session = useSessionControl();
  const navigate = useNavigate();
  const toasts = useToasts();
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  const close = () => panel.current?.hidePopover();
  const others = (me.tenants ?? []).filter(
    (place) => place.is_active && place.tenant_id !== me.tenant?.id,
  );
  const move = useMutation({
    mutationFn: (tenant: string) =>
      answer(api.POST('/api/v1/auth/switch-tenant', { body: { tenant } })),
    onSuccess: async (pair) => {
      close();
      await navigate({ to: '/' });
      session.accept(pair);
    },
    onError: (error) => {
      toasts.failure(t('person.notSwitched'), error);
    },
  });
  const name = me.full_name || me.email;
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        className={styles.person}
        data-initials={initialsOf(name)}
      >
        <span className="visually-hidden">{t('person.menu', { name })}</span>
      </button>
      <div id={id} ref={panel} popover="auto" className={styles.panel}>
        <p className={styles.name}>
          <bdi>{name}</bdi>
        </p>
        <p className={styles.email} dir="ltr">
          {me.email}
        </p>
        <p className={styles.role}>{roleName(t, me.role)}</p>
        {others.length > 0 && (
          <>
            <p className={styles.heading}>{t('person.otherTenants')}</p>
            {others.map((place) => (
              <button
                key={place.tenant_id}
                type="button"
                className={styles.item}
                disabled={move.isPending}
                onClick={() => {
                  move.mutate(place.tenant_id);
                }}
              >
                <bdi>{place.name}</bdi>
              </button>
            ))}
          </>
        )}
        <hr className={styles.line} />
        <Link to="/account" className={styles.item} onClick={close}>
          {t('pages.account')}
        </Link>
        <button type="button" className={styles.item} onClick={() => void session.signOut()}>
          {t('person.signOut')}
        </button>
      </div>
    </>
  );
}
