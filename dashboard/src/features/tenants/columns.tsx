import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import type { Column } from '@/ui/table/column';
import { TimeText } from '@/ui/TimeText';

import type { Tenant } from './queries';
import { ConnectionStatusTag, TenantStatusTag } from './StatusTag';
import styles from './columns.module.css';

/** The columns of the list of tenants. */
export function useTenantColumns(): readonly Column<Tenant>[] {
  const { t } = useTranslation('tenants');
  return useMemo(
    () => [
      {
        id: 'name',
        title: t('fields.name'),
        sortable: true,
        cell: (tenant) => (
          <span className={styles.name}>
            <Link to="/tenants/$tenantId" params={{ tenantId: tenant.id }}>
              <bdi>{tenant.name}</bdi>
            </Link>
            <code>{tenant.slug}</code>
          </span>
        ),
        exported: (tenant) => tenant.name,
      },
      {
        id: 'status',
        title: t('fields.status'),
        sortable: true,
        cell: (tenant) => <TenantStatusTag status={tenant.status} />,
        exported: (tenant) => tenant.status,
      },
      {
        id: 'plan',
        title: t('fields.plan'),
        cell: (tenant) => <bdi>{tenant.plan_name}</bdi>,
        exported: (tenant) => tenant.plan_code,
      },
      {
        id: 'odoo',
        title: t('fields.odoo'),
        cell: (tenant) =>
          tenant.connection_status == null ? (
            <span className={styles.none}>{t('connection.none')}</span>
          ) : (
            <span className={styles.odoo}>
              <ConnectionStatusTag status={tenant.connection_status} />
              {tenant.odoo_version != null && <code>{tenant.odoo_version}</code>}
            </span>
          ),
        exported: (tenant) => tenant.odoo_url ?? null,
      },
      {
        id: 'contact_email',
        title: t('fields.contact'),
        cell: (tenant) =>
          tenant.contact_email === null ? null : <bdi>{tenant.contact_email}</bdi>,
        exported: (tenant) => tenant.contact_email,
      },
      {
        id: 'created_at',
        title: t('fields.created'),
        sortable: true,
        cell: (tenant) => <TimeText value={tenant.created_at} />,
        exported: (tenant) => tenant.created_at,
      },
    ],
    [t],
  );
}
