/** Fields of forms: the browser's own, in the product's look. Each tells its value, not an event. */
import { EyeInvisibleOutlined, EyeOutlined } from '@ant-design/icons';
import { useState } from 'react';
import type { InputHTMLAttributes, ReactNode, TextareaHTMLAttributes } from 'react';
import { useTranslation } from 'react-i18next';

import styles from './fields.module.css';
import type { FieldProps } from './Form';

type Inputs = Omit<InputHTMLAttributes<HTMLInputElement>, keyof FieldProps<unknown>>;

interface TextFieldProps extends Inputs, FieldProps<string> {
  large?: boolean;
}

export function TextField({ value, onChange, large = false, className, ...rest }: TextFieldProps) {
  return (
    <input
      type="text"
      {...rest}
      className={[styles.field, large ? styles.large : '', className].filter(Boolean).join(' ')}
      value={value ?? ''}
      onChange={({ target }) => {
        onChange?.(target.value);
      }}
    />
  );
}

/** Hidden until one asks to see it. */
export function PasswordField(props: Omit<TextFieldProps, 'type'>) {
  const { t } = useTranslation('common');
  const [isShown, setShown] = useState(false);
  const label = isShown ? t('password.hide') : t('password.show');
  return (
    <span className={styles.password}>
      <TextField spellCheck={false} {...props} type={isShown ? 'text' : 'password'} />
      <button
        type="button"
        className={styles.reveal}
        aria-label={label}
        aria-pressed={isShown}
        title={label}
        onClick={() => {
          setShown(!isShown);
        }}
      >
        {isShown ? <EyeOutlined aria-hidden /> : <EyeInvisibleOutlined aria-hidden />}
      </button>
    </span>
  );
}

interface NumberFieldProps extends Inputs, FieldProps<number | null> {
  /** Without a fraction. */
  whole?: boolean;
}

/** A number, or null for none. */
export function NumberField({ value, onChange, whole = false, className, ...rest }: NumberFieldProps) {
  return (
    <input
      inputMode={whole ? 'numeric' : 'decimal'}
      step={whole ? 1 : 'any'}
      dir="ltr"
      {...rest}
      type="number"
      className={[styles.field, className].filter(Boolean).join(' ')}
      value={value ?? ''}
      onChange={({ target }) => {
        const given = target.valueAsNumber;
        onChange?.(Number.isNaN(given) ? null : whole ? Math.trunc(given) : given);
      }}
    />
  );
}

interface TextAreaProps
  extends Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, keyof FieldProps<unknown>>,
    FieldProps<string> {}

/** Grows with what is written. */
export function TextArea({ value, onChange, className, ...rest }: TextAreaProps) {
  return (
    <textarea
      rows={3}
      {...rest}
      className={[styles.field, styles.area, className].filter(Boolean).join(' ')}
      value={value ?? ''}
      onChange={({ target }) => {
        onChange?.(target.value);
      }}
    />
  );
}

interface TickProps extends FieldProps<boolean> {
  disabled?: boolean;
  /** What is ticked; left out where a form's item says it. */
  children?: ReactNode;
}

/** Yes or no. */
export function Tick({ value, onChange, children, ...rest }: TickProps) {
  const box = (
    <input
      type="checkbox"
      {...rest}
      className={styles.tick}
      checked={value === true}
      onChange={({ target }) => {
        onChange?.(target.checked);
      }}
    />
  );
  return children === undefined ? (
    box
  ) : (
    <label className={styles.ticked}>
      {box}
      <span>{children}</span>
    </label>
  );
}

interface TicksFieldProps<Value extends string> extends FieldProps<Value[]> {
  options: readonly { value: Value; label: string }[];
}

/** Any of a few. */
export function TicksField<Value extends string>(props: TicksFieldProps<Value>) {
  const { options, id, value = [], onChange } = props;
  return (
    <div
      id={id}
      role="group"
      tabIndex={-1}
      aria-describedby={props['aria-describedby']}
      className={styles.ticks}
    >
      {options.map((option) => (
        <Tick
          key={option.value}
          value={value.includes(option.value)}
          onChange={(isWanted) => {
            onChange?.(
              options
                .map((one) => one.value)
                .filter((one) => (one === option.value ? isWanted : value.includes(one))),
            );
          }}
        >
          {option.label}
        </Tick>
      ))}
    </div>
  );
}
