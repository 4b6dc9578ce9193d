/** Which records: built from rules, or the domain written by hand. It applies when asked to. */
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Buttons } from '@/ui/Buttons';
import { compact } from '@/ui/table/listSearch';
import { TextArea } from '@/ui/form/fields';

import { EVERYTHING, parseDomain, readDomain, rulesIn, toDomain } from './domain';
import type { Group, Node } from './domain';
import styles from './explorer.module.css';
import type { Field } from './fields';
import { FilterBuilder } from './FilterBuilder';
import { isComplete } from './operators';

const route = getRouteApi('/app/explorer');

export function Filter({ fields }: { fields: readonly Field[] }) {
  const { t } = useTranslation('explorer');
  const navigate = useNavigate({ from: '/explorer' });
  const search = route.useSearch();
  const applied = JSON.stringify(search.domain ?? []);
  const [given, setGiven] = useState(applied);
  const [group, setGroup] = useState<Group>(() => readDomain(search.domain ?? []) ?? EVERYTHING);
  const [written, setWritten] = useState<string | null>(null);
  if (given !== applied) {
    // another address: what was being built for the one before is over
    setGiven(applied);
    setGroup(readDomain(search.domain ?? []) ?? EVERYTHING);
    setWritten(null);
  }
  const wanted = written === null ? group : parseDomain(written);
  const domain = wanted === null ? null : toDomain(onlyComplete(wanted));
  const isNew = domain !== null && JSON.stringify(domain) !== applied;
  const apply = (next: readonly unknown[]) => {
    const { model, fields: columns, sort, size } = search;
    void navigate({
      search: compact({
        model,
        fields: columns,
        sort,
        size,
        domain: next.length === 0 ? undefined : next,
      }),
    });
  };
  return (
    <form
      className={styles.ask}
      onSubmit={(event) => {
        event.preventDefault();
        if (domain !== null) {
          apply(domain);
        }
      }}
    >
      {written === null ? (
        <FilterBuilder fields={fields} group={group} onChange={setGroup} />
      ) : (
        <TextArea
          aria-label={t('filter.domain')}
          dir="ltr"
          spellCheck={false}
          rows={2}
          aria-invalid={wanted === null}
          value={written}
          onChange={(text) => {
            setWritten(text);
          }}
        />
      )}
      {written !== null && wanted === null && <p role="alert">{t('filter.notADomain')}</p>}
      {written === null && rulesIn(group) > 0 && domain !== null && (
        <p className={styles.domain}>
          {t('filter.domain')}: <code>{JSON.stringify(domain)}</code>
        </p>
      )}
      <Buttons>
        <Button type="primary" htmlType="submit" disabled={!isNew}>
          {t('filter.apply')}
        </Button>
        {applied !== '[]' && (
          <Button
            onClick={() => {
              apply([]);
            }}
          >
            {t('filter.clear')}
          </Button>
        )}
        <Button
          type="text"
          disabled={written !== null && wanted === null}
          onClick={() => {
            if (written === null) {
              setWritten(JSON.stringify(toDomain(onlyComplete(group))));
            } else if (wanted !== null) {
              setGroup(wanted);
              setWritten(null);
            }
          }}
        >
          {written === null ? t('filter.write') : t('filter.build')}
        </Button>
      </Buttons>
    </form>
  );
}

/** Without the rules whose value is still to be chosen. */
function onlyComplete(group: Group): Group {
  return {
    ...group,
    items: group.items.flatMap((item): Node[] =>
      item.kind === 'group' ? [onlyComplete(item)] : isComplete(item) ? [item] : [],
    ),
  };
}
