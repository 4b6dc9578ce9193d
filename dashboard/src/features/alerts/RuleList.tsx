import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useList } from '@/i18n/language';
import { useMay } from '@/session/context';
import { roleName } from '@/shell/person';
import { Buttons } from '@/ui/Buttons';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { Panel } from '@/ui/Panel';
import { Skeleton } from '@/ui/Skeleton';
import type { Column } from '@/ui/table/column';
import { Rows } from '@/ui/table/Rows';
import { Tag } from '@/ui/Tag';
import { useToasts } from '@/ui/toasts';

import styles from './alerts.module.css';
import { rulesQuery, usePlace, useRemoveRule } from './queries';
import type { Rule } from './queries';
import { RuleDialog } from './RuleDialog';
import { SeverityMark } from './SeverityMark';

type Asking = { rule: Rule | null; what: 'edit' } | { rule: Rule; what: 'remove' };

/** What is watched, and who is told. */
export function RuleList() {
  const { t } = useTranslation('alerts');
  const query = useQuery(rulesQuery(useApi(), usePlace()));
  const mayWrite = useMay()('alerts:write');
  const [asking, setAsking] = useState<Asking | null>(null);
  const columns = useRuleColumns(mayWrite, setAsking);
  const close = () => {
    setAsking(null);
  };
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton lines={8} />
    );
  }
  return (
    <Panel>
      {mayWrite && (
        <div className={styles.bar}>
          <Button
            type="primary"
            onClick={() => {
              setAsking({ rule: null, what: 'edit' });
            }}
          >
            {t('rules.add')}
          </Button>
        </div>
      )}
      {query.data.length === 0 ? (
        <EmptyState title={t('rules.none')} hint={t('rules.noneHint')} />
      ) : (
        <Rows
          caption={t('tabs.rules')}
          columns={columns}
          rows={query.data}
          rowKey={(rule) => rule.id}
          busy={false}
        />
      )}
      {asking?.what === 'edit' && <RuleDialog rule={asking.rule} onClose={close} />}
      {asking?.what === 'remove' && <RemoveDialog rule={asking.rule} onClose={close} />}
    </Panel>
  );
}

function useRuleColumns(
  mayWrite: boolean,
  onAsk: (asking: Asking) => void,
): readonly Column<Rule>[] {
  const { t } = useTranslation('alerts');
  const columns: Column<Rule>[] = [
    {
      id: 'rule',
      title: t('fields.rule'),
      cell: (rule) => (
        <span className={styles.head}>
          <strong>
            <bdi>{rule.name ?? rule.title}</bdi>
          </strong>{' '}
          {rule.firing > 0 && <Tag tone="bad">{t('rules.firing', { count: rule.firing })}</Tag>}
        </span>
      ),
    },
    {
      id: 'severity',
      title: t('fields.severity'),
      cell: (rule) => <SeverityMark severity={rule.severity} />,
    },
    { id: 'told', title: t('fields.told'), cell: (rule) => <Told rule={rule} /> },
    {
      id: 'window',
      title: t('fields.window'),
      cell: (rule) => t('rules.minutes', { count: rule.window_minutes }),
    },
    {
      id: 'on',
      title: t('fields.on'),
      cell: (rule) => (
        <Tag tone={rule.is_enabled ? 'good' : 'neutral'}>
          {t(rule.is_enabled ? 'rules.on' : 'rules.off')}
        </Tag>
      ),
    },
  ];
  if (mayWrite) {
    columns.push({
      id: 'actions',
      title: t('fields.actions'),
      cell: (rule) => (
        <Buttons>
          {(['edit', 'remove'] as const).map((what) => (
            <Button
              key={what}
              size="small"
              onClick={() => {
                onAsk({ rule, what });
              }}
            >
              {t(`rules.${what}`)}
            </Button>
          ))}
        </Buttons>
      ),
    });
  }
  return columns;
}

function Told({ rule }: { rule: Rule }) {
  const { t } = useTranslation('alerts');
  const { t: shell } = useTranslation('shell');
  const list = useList();
  const whom = rule.roles.map((role) => roleName(shell, role));
  if (rule.people.length > 0) {
    whom.push(t('rules.people', { count: rule.people.length }));
  }
  const how = [rule.in_app && t('rules.inApp'), rule.by_mail && t('rules.byMail')].filter(Boolean);
  if (whom.length === 0 || how.length === 0) {
    return t('rules.nobody');
  }
  return (
    <span className={`${styles.what} ${styles.told}`}>
      <span>{list(whom)}</span>
      <span className={styles.todo}>{how.join(' · ')}</span>
    </span>
  );
}

function RemoveDialog({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const { t } = useTranslation('alerts');
  const toasts = useToasts();
  const remove = useRemoveRule(rule.id);
  return (
    <ConfirmDialog
      title={t('rules.removeTitle', { name: rule.name ?? rule.title })}
      confirm={t('rules.remove')}
      danger
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        remove.mutate(undefined, {
          onSuccess: () => {
            onClose();
            toasts.success(t('rules.removed'));
          },
        });
      }}
      onCancel={onClose}
    >
      {t('rules.removeMeans')}
    </ConfirmDialog>
  );
}
