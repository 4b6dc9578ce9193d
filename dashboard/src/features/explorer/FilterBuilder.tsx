/** Builds a domain: rules and groups of rules, each group all of, any of, or none of its own. */
import { CloseOutlined, PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { Choice } from '@/ui/Choice';
import { Combobox } from '@/ui/Combobox';

import { EVERYTHING } from './domain';
import type { Group, Node, Rule } from './domain';
import styles from './FilterBuilder.module.css';
import { isShown } from './fields';
import type { Field } from './fields';
import { ListField } from './ListField';
import { firstRule, operatorOf, operatorsOf, takesList, withOperator } from './operators';
import { ValueField } from './ValueField';

interface FilterBuilderProps {
  fields: readonly Field[];
  group: Group;
  onChange: (group: Group) => void;
  /** Left out for the outermost group, which can't be removed. */
  onRemove?: () => void;
}

const JOINS = ['all', 'any', 'notAll', 'none'] as const;
type Join = (typeof JOINS)[number];

function joinOf({ join, not }: Group): Join {
  return join === 'and' ? (not ? 'notAll' : 'all') : not ? 'none' : 'any';
}

function withJoin(group: Group, how: Join): Group {
  return {
    ...group,
    join: how === 'all' || how === 'notAll' ? 'and' : 'or',
    not: how === 'notAll' || how === 'none',
  };
}

export function FilterBuilder({ fields, group, onChange, onRemove }: FilterBuilderProps) {
  const { t } = useTranslation('explorer');
  const searchable = fields.filter((field) => field.searchable && isShown(field));
  const first = searchable.find(({ name }) => name === 'name') ?? searchable[0];
  const replace = (at: number, node: Node | null) => {
    onChange({
      ...group,
      items: group.items.flatMap((item, index) =>
        index !== at ? [item] : node === null ? [] : [node],
      ),
    });
  };
  const add = (node: Node) => {
    onChange({ ...group, items: [...group.items, node] });
  };
  return (
    <div role="group" aria-label={t(`filter.${joinOf(group)}`)} className={styles.group}>
      <div className={styles.head}>
        <Choice
          label={t('filter.join')}
          value={joinOf(group)}
          options={JOINS.map((value) => ({ value, label: t(`filter.${value}`) }))}
          onChange={(chosen) => {
            const how = JOINS.find((one) => one === chosen);
            if (how !== undefined) {
              onChange(withJoin(group, how));
            }
          }}
        />
        <Button
          size="small"
          icon={<PlusOutlined aria-hidden />}
          disabled={first === undefined}
          onClick={() => {
            if (first !== undefined) {
              add(firstRule(first));
            }
          }}
        >
          {t('filter.addRule')}
        </Button>
        <Button
          size="small"
          icon={<PlusOutlined aria-hidden />}
          disabled={first === undefined}
          onClick={() => {
            if (first !== undefined) {
              add({ ...EVERYTHING, join: 'or', items: [firstRule(first)] });
            }
          }}
        >
          {t('filter.addGroup')}
        </Button>
        {onRemove !== undefined && (
          <Button
            type="text"
            size="small"
            icon={<CloseOutlined aria-hidden />}
            aria-label={t('filter.removeGroup')}
            onClick={onRemove}
          />
        )}
      </div>
      {group.items.map((item, at) =>
        item.kind === 'group' ? (
          <FilterBuilder
            key={at}
            fields={fields}
            group={item}
            onChange={(changed) => {
              replace(at, changed);
            }}
            onRemove={() => {
              replace(at, null);
            }}
          />
        ) : (
          <RuleRow
            key={at}
            fields={searchable}
            rule={item}
            onChange={(changed) => {
              replace(at, changed);
            }}
            onRemove={() => {
              replace(at, null);
            }}
          />
        ),
      )}
    </div>
  );
}

interface RuleRowProps {
  fields: readonly Field[];
  rule: Rule;
  onChange: (rule: Rule) => void;
  onRemove: () => void;
}

function RuleRow({ fields, rule, onChange, onRemove }: RuleRowProps) {
  const { t } = useTranslation('explorer');
  const field = fields.find(({ name }) => name === rule.field);
  const remove = (
    <Button
      type="text"
      icon={<CloseOutlined aria-hidden />}
      aria-label={t('filter.removeRule')}
      onClick={onRemove}
    />
  );
  if (field === undefined) {
    // such as `partner_id.country_id`, written by hand
    return (
      <div className={styles.rule}>
        <code className={styles.written}>
          {JSON.stringify([rule.field, rule.operator, rule.value])}
        </code>
        {remove}
      </div>
    );
  }
  const operator = operatorOf(rule, field);
  const known = operatorsOf(field);
  const label = t('filter.value', { field: field.label });
  const set = (value: Rule['value']) => {
    onChange({ ...rule, value });
  };
  return (
    <div className={styles.rule}>
      <Combobox
        className={styles.field}
        label={t('filter.field')}
        value={rule.field}
        options={fields.map(({ name, label: title }) => ({
          value: name,
          label: title,
          search: name,
        }))}
        onChange={(name) => {
          const chosen = fields.find((one) => one.name === name);
          if (chosen !== undefined) {
            onChange(firstRule(chosen));
          }
        }}
      />
      <Choice
        label={t('filter.operator')}
        value={operator}
        options={[
          ...known.map((value) => ({ value, label: t(`operator.${value}`) })),
          ...(known.some((one) => one === operator) ? [] : [{ value: operator, label: operator }]),
        ]}
        onChange={(chosen) => {
          const wanted = known.find((one) => one === chosen);
          if (wanted !== undefined) {
            onChange(withOperator(field, wanted, rule.value));
          }
        }}
      />
      {operator !== 'set' && operator !== 'unset' && (
        <span className={styles.asked}>
          {takesList(operator) ? (
            <ListField field={field} label={label} value={rule.value} onChange={set} />
          ) : (
            <ValueField field={field} label={label} value={rule.value} onChange={set} />
          )}
        </span>
      )}
      {remove}
    </div>
  );
}
