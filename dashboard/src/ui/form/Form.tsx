/** A form and its items: label, field, hint, what is wrong. What it holds is `state.ts`. */
import {
  cloneElement,
  createContext,
  use,
  useEffect,
  useId,
  useLayoutEffect,
  useState,
  useSyncExternalStore,
} from 'react';
import type { ReactElement, ReactNode } from 'react';

import { createForm } from './state';
import type { FormState, Rule } from './state';
import styles from './Form.module.css';

interface Surroundings {
  form: FormState<object>;
  isMarked: boolean;
}

const FormContext = createContext<Surroundings | null>(null);

interface FormProps<Values extends object> {
  form?: FormState<Values>;
  initialValues?: Partial<Values>;
  onFinish: (values: Values) => void;
  onValuesChange?: () => void;
  /** Inside another form, such as a dialog's, which submits this one. */
  inside?: boolean;
  /** Fields that have to be filled in show it; left out where all of them have to be. */
  marks?: boolean;
  className?: string | undefined;
  children: ReactNode;
}

export function Form<Values extends object>(props: FormProps<Values>) {
  const { initialValues, onFinish, onValuesChange, inside = false, marks = false } = props;
  const [form] = useState(() => {
    const one = props.form ?? createForm<Values>();
    one.inner.begin(initialValues ?? {});
    return one;
  });
  useLayoutEffect(() => {
    form.inner.tell({ onFinish, onChange: onValuesChange });
  });
  const items = (
    <FormContext value={{ form: form as unknown as FormState<object>, isMarked: marks }}>
      {props.children}
    </FormContext>
  );
  return inside ? (
    <div className={props.className ?? styles.form}>{items}</div>
  ) : (
    <form
      noValidate
      className={props.className ?? styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        form.submit();
      }}
    >
      {items}
    </form>
  );
}

/** What an item hands to the field inside it. */
export interface FieldProps<Value> {
  id?: string;
  value?: Value | undefined;
  onChange?: (value: Value) => void;
  'aria-describedby'?: string | undefined;
  'aria-invalid'?: boolean;
}

interface FormItemProps {
  name: string;
  label: ReactNode;
  hint?: ReactNode;
  rules?: readonly Rule[];
  /** The label stands beside the field, as with a tick. */
  beside?: boolean;
  // each field knows the type of its value; the form holds all of them
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  children: ReactElement<FieldProps<any>>;
}

const NO_RULES: readonly Rule[] = [];

export function FormItem(props: FormItemProps) {
  const { name, label, hint, rules = NO_RULES, beside = false, children } = props;
  const around = use(FormContext);
  if (around === null) {
    throw new Error('Form is missing above this item.');
  }
  const { form, isMarked } = around;
  const id = useId();
  const isRequired = isMarked && rules.some(({ required }) => required === true);
  const value = useSyncExternalStore(form.follow, () => form.get(name));
  const error = useSyncExternalStore(form.follow, () => form.errorOf(name));
  useEffect(
    () =>
      form.inner.show(name, {
        rules,
        focus: () => {
          document.getElementById(id)?.focus();
        },
      }),
    [form, name, rules, id],
  );
  const described = [hint === undefined ? '' : `${id}-hint`, error === undefined ? '' : `${id}-error`]
    .filter(Boolean)
    .join(' ');
  return (
    <div className={beside ? `${styles.item} ${styles.beside}` : styles.item}>
      <label htmlFor={id} className={styles.label} data-required={isRequired}>
        {label}
      </label>
      {cloneElement(children, {
        id,
        value,
        onChange: (given: unknown) => {
          form.change(name, given);
        },
        'aria-describedby': described === '' ? undefined : described,
        'aria-invalid': error !== undefined,
      })}
      {error !== undefined && (
        <p id={`${id}-error`} role="alert" dir="auto" className={styles.error}>
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
    </div>
  );
}
