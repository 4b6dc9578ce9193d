import { Combobox } from './Combobox';
import type { Option } from './Combobox';
import type { FieldProps } from './form/Form';

interface ComboboxFieldProps extends FieldProps<string | undefined> {
  options: readonly Option[];
  placeholder?: string;
  clearable?: boolean;
  busy?: boolean;
}

/** One of many as a field of a form. */
export function ComboboxField({ value, onChange, ...rest }: ComboboxFieldProps) {
  return (
    <Combobox
      {...rest}
      value={value ?? null}
      onChange={(chosen) => {
        onChange?.(chosen ?? undefined);
      }}
    />
  );
}
