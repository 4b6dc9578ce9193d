import styles from './ChoiceField.module.css';
import type { FieldProps } from './form/Form';

interface ChoiceFieldProps<Value extends string> extends FieldProps<Value> {
  options: readonly { value: Value; label: string }[];
  disabled?: boolean;
}

/** One of a few as a field of a form: the browser's own list. */
export function ChoiceField<Value extends string>(props: ChoiceFieldProps<Value>) {
  const { options, id, value, onChange, disabled = false } = props;
  return (
    <select
      id={id}
      className={styles.field}
      aria-describedby={props['aria-describedby']}
      aria-invalid={props['aria-invalid'] ?? false}
      value={value ?? ''}
      disabled={disabled}
      onChange={({ target }) => {
        const chosen = options.find((option) => option.value === target.value);
        if (chosen !== undefined) {
          onChange?.(chosen.value);
        }
      }}
    >
      {options.every((option) => option.value !== value) && <option value="" />}
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}
