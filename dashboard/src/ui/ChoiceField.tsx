import styles from './ChoiceField.module.css';

interface ChoiceFieldProps<Value extends string> {
  options: readonly { value: Value; label: string }[];
  /** These are given by the form's item around it, which also labels it. */
  id?: string;
  value?: Value;
  onChange?: (value: Value) => void;
  disabled?: boolean;
}

/** One of a few as a field of a form: the browser's own list. */
export function ChoiceField<Value extends string>(props: ChoiceFieldProps<Value>) {
  const { options, id, value, onChange, disabled = false } = props;
  return (
    <select
      id={id}
      className={styles.field}
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
