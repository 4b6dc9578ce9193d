import { Link } from '@tanstack/react-router';

import { useMay } from '@/session/context';

import styles from './TenantName.module.css';

/** A tenant by name, leading to its page; by a piece of its id where the name is not known. */
export function TenantName({ id, name }: { id: string; name: string | undefined }) {
  const text = name === undefined ? <code>{id.slice(-12)}</code> : <bdi className={styles.name}>{name}</bdi>;
  return useMay()('tenants:read') ? (
    <Link to="/tenants/$tenantId" params={{ tenantId: id }}>
      {text}
    </Link>
  ) : (
    text
  );
}
