/** Every permission, and which roles hold it. */
import { CheckOutlined } from '@ant-design/icons';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { Section } from '@/ui/Section';
import type { Column } from '@/ui/table/column';
import { Rows } from '@/ui/table/Rows';

import { includes } from './permissions';
import styles from './roles.module.css';

interface Named {
  permission: string;
  /** What it allows, in words. */
  name: string;
}

interface PermissionTableProps {
  title: string;
  roles: readonly { code: string; name: string; held: readonly string[] }[];
  permissions: readonly Named[];
}

export function PermissionTable({ title, roles, permissions }: PermissionTableProps) {
  const { t } = useTranslation('roles');
  const columns = useMemo<readonly Column<Named>[]>(
    () => [
      {
        id: 'permission',
        title: t('fields.permission'),
        cell: ({ permission, name }) => (
          <span className={styles.permission}>
            {name} <code>{permission}</code>
          </span>
        ),
      },
      ...roles.map((role) => ({
        id: role.code,
        title: role.name,
        cell: ({ permission }: Named) =>
          includes(role.held, permission) ? (
            <span className={styles.yes}>
              <CheckOutlined aria-hidden />
              <span className="visually-hidden">{t('yes')}</span>
            </span>
          ) : (
            <span className={styles.no}>
              <span aria-hidden="true">–</span>
              <span className="visually-hidden">{t('no')}</span>
            </span>
          ),
      })),
    ],
    [t, roles],
  );
  return (
    <Section flush title={title}>
      <Rows
        caption={title}
        columns={columns}
        rows={permissions}
        rowKey={({ permission }) => permission}
      />
    </Section>
  );
}
