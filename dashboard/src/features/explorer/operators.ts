/** What can be asked of a field, by what it holds. */
import { kindOf } from './fields';
import type { Field, Kind } from './fields';
import type { Rule, Value } from './domain';

/** `set` and `unset` are written as a comparison with false, as Odoo has no operator for them. */
export type Operator =
  | '='
  | '!='
  | '>'
  | '>='
  | '<'
  | '<='
  | 'ilike'
  | 'not ilike'
  | '=ilike'
  | 'in'
  | 'not in'
  | 'child_of'
  | 'set'
  | 'unset';

const COMPARED: readonly Operator[] = ['=', '!=', '>', '>=', '<', '<=', 'set', 'unset'];

const OPERATORS: Record<Kind, readonly Operator[]> = {
  text: ['ilike', 'not ilike', '=', '!=', '=ilike', 'in', 'not in', 'set', 'unset'],
  number: COMPARED,
  date: COMPARED,
  datetime: ['>=', '<', '>', '<=', 'set', 'unset'],
  boolean: ['='],
  selection: ['=', '!=', 'in', 'not in', 'set', 'unset'],
  one: ['=', '!=', 'in', 'not in', 'ilike', 'child_of', 'set', 'unset'],
  many: ['in', 'not in', 'ilike', 'set', 'unset'],
};

export function operatorsOf(field: Field): readonly Operator[] {
  return OPERATORS[kindOf(field)];
}

/** The operator as people chose it. */
export function operatorOf(rule: Rule, field: Field): string {
  if (rule.value === false && kindOf(field) !== 'boolean') {
    return rule.operator === '=' ? 'unset' : rule.operator === '!=' ? 'set' : rule.operator;
  }
  return rule.operator;
}

/** Whether an operator takes several values. */
export function takesList(operator: string): boolean {
  return operator === 'in' || operator === 'not in';
}

/** A rule of `field` with `operator`, keeping the value where it still makes sense. */
export function withOperator(field: Field, operator: Operator, before: Value): Rule {
  const rule = (written: string, value: Value): Rule => ({
    kind: 'rule',
    field: field.name,
    operator: written,
    value,
  });
  if (operator === 'set' || operator === 'unset') {
    return rule(operator === 'set' ? '!=' : '=', false);
  }
  if (takesList(operator)) {
    const list = Array.isArray(before) ? before : typeof before === 'string' || typeof before === 'number' ? [before] : [];
    return rule(operator, list.filter((one) => one !== ''));
  }
  const single: Value = Array.isArray(before)
    ? ((before as readonly (string | number)[])[0] ?? null)
    : before;
  const kept = single === false && kindOf(field) !== 'boolean' ? null : single;
  return rule(operator, kept ?? firstValue(field, operator));
}

/** A rule to begin with. */
export function firstRule(field: Field): Rule {
  const operator = operatorsOf(field)[0] ?? '=';
  return withOperator(field, operator, null);
}

function firstValue(field: Field, operator: Operator): Value {
  switch (kindOf(field)) {
    case 'boolean':
      return true;
    case 'number':
      return 0;
    case 'selection':
      return field.selection[0]?.[0] ?? '';
    case 'one':
      return operator === 'ilike' ? '' : null;
    default:
      return '';
  }
}

/** Whether a rule is ready to be asked: a record or a day may not be chosen yet. */
export function isComplete(rule: Rule): boolean {
  return rule.value !== null && rule.value !== '' && !(Array.isArray(rule.value) && rule.value.length === 0);
}
