/** Which permissions something is given, subject by subject. */
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useMay } from '@/session/context';
import type { Permission } from '@/session/permissions';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Skeleton } from '@/ui/Skeleton';
import { Tick } from '@/ui/form/fields';

import { permissionName, subjectName, subjectOf } from './permissions';
import styles from './PermissionPicker.module.css';
import { permissionsQuery } from './queries';

interface PermissionPickerProps {
  id?: string;
  value?: readonly string[];
  onChange?: (value: string[]) => void;
}

export function PermissionPicker({ id, value = [], onChange }: PermissionPickerProps) {
  const { t } = useTranslation('roles');
  const isAllowed = useMay();
  const query = useQuery(permissionsQuery(useApi()));
  if (query.data === undefined) {
    return query.isError ? <ErrorPanel compact error={query.error} /> : <Skeleton lines={6} />;
  }
  const permissions = query.data.items;
  const subjects = [...new Set(permissions.map(({ permission }) => subjectOf(permission)))];
  // nobody can give what they don't hold themselves
  const mine = permissions.filter(({ permission }) => isAllowed(permission as Permission));
  const change = (names: readonly string[], given: boolean) => {
    const wanted = new Set(value);
    for (const name of names) {
      if (given) {
        wanted.add(name);
      } else {
        wanted.delete(name);
      }
    }
    onChange?.(permissions.map(({ permission }) => permission).filter((one) => wanted.has(one)));
  };
  return (
    <div id={id} className={styles.picker}>
      <div className={styles.shortcuts}>
        <Button
          size="small"
          onClick={() => {
            onChange?.(
              mine.map(({ permission }) => permission).filter((one) => one.endsWith(':read')),
            );
          }}
        >
          {t('picker.reading')}
        </Button>
        <Button
          size="small"
          onClick={() => {
            onChange?.([]);
          }}
        >
          {t('picker.nothing')}
        </Button>
        <span className={styles.chosen}>{t('picker.chosen', { count: value.length })}</span>
      </div>
      <div className={styles.subjects}>
        {subjects.map((subject) => {
          const own = permissions.filter(({ permission }) => subjectOf(permission) === subject);
          return (
            <fieldset key={subject} className={styles.subject}>
              <legend>{subjectName(t, subject)}</legend>
              {own.map(({ permission, description }) => (
                <Tick
                  key={permission}
                  value={value.includes(permission)}
                  disabled={!isAllowed(permission as Permission)}
                  onChange={(isTicked) => {
                    change([permission], isTicked);
                  }}
                >
                  {permissionName(t, permission, description)}
                </Tick>
              ))}
            </fieldset>
          );
        })}
      </div>
    </div>
  );
}
