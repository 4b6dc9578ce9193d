/** The fields of a record as they are edited, and what of them is sent. */
import type { Value } from './domain';
import styles from './explorer.module.css';
import { isShown, kindOf } from './fields';
import type { Field } from './fields';
import { ValueField } from './ValueField';

/** Values by field that differ from what is stored. */
export type Changes = Readonly<Record<string, Value>>;

interface RecordFieldsProps {
  fields: readonly Field[];
  /** What is stored, or what Odoo would begin with. */
  stored: Readonly<Record<string, unknown>>;
  changed: Changes;
  onChange: (changed: Changes) => void;
}

export function RecordFields({ fields, stored, changed, onChange }: RecordFieldsProps) {
  return (
    <dl className={styles.record}>
      {fields.filter(isEditable).map((field) => (
        <div key={field.name}>
          <dt title={field.help || field.name}>
            <bdi>{field.label}</bdi>
            {field.required && <span aria-hidden="true"> *</span>}
          </dt>
          <dd>
            <ValueField
              emptiable
              field={field}
              label={field.label}
              value={changed[field.name] ?? writtenOf(field, stored[field.name])}
              onChange={(value) => {
                const rest = Object.fromEntries(
                  Object.entries(changed).filter(([name]) => name !== field.name),
                );
                const isBack =
                  JSON.stringify(value) === JSON.stringify(writtenOf(field, stored[field.name]));
                onChange(isBack ? rest : { ...rest, [field.name]: value });
              }}
            />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function isEditable(field: Field): boolean {
  return !field.readonly && field.name !== 'id' && isShown(field);
}

/** A value as it is edited: of a many2one the id alone, of lists of records their ids. */
function writtenOf(field: Field, value: unknown): Value {
  if (kindOf(field) === 'many') {
    return idsOf(value);
  }
  const one: unknown = Array.isArray(value) ? (value as unknown[])[0] : value;
  return typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean'
    ? one
    : false;
}

function idsOf(value: unknown): number[] {
  return Array.isArray(value)
    ? (value as unknown[]).filter((one): one is number => typeof one === 'number')
    : [];
}

/**
 * The values as Odoo takes them. Of lists of records only the links that were added (command 4)
 * or taken away (3) are sent, so that what others link meanwhile stays.
 */
export function sentOf(
  fields: readonly Field[],
  stored: Readonly<Record<string, unknown>>,
  changed: Changes,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(changed).map(([name, value]): [string, unknown] => {
      const field = fields.find((one) => one.name === name);
      if (field === undefined || kindOf(field) !== 'many') {
        return [name, value];
      }
      const [before, after] = [idsOf(stored[name]), idsOf(value)];
      return [
        name,
        [
          ...after.filter((id) => !before.includes(id)).map((id) => [4, id, 0]),
          ...before.filter((id) => !after.includes(id)).map((id) => [3, id, 0]),
        ],
      ];
    }),
  );
}
