/** The fields a connector asks for, inside a form. */
import { useTranslation } from 'react-i18next';

import { ChoiceField } from '@/ui/ChoiceField';
import { NumberField, PasswordField, TextField, Tick } from '@/ui/form/fields';
import { FormItem } from '@/ui/form/Form';
import type { Rule } from '@/ui/form/state';
import { WordsField } from '@/ui/form/WordsField';

import styles from './connection.module.css';
import type { SchemaField } from './schema';

interface SchemaFieldsProps {
  connector: string;
  fields: readonly SchemaField[];
  /** What is not given stays as it is stored. */
  isStored: boolean;
}

/** What the platform's own connectors ask for is told in the person's language. */
const KNOWN = [
  'url',
  'database',
  'username',
  'password',
  'transport',
  'addon_events',
  'api_key',
] as const;
const TRANSPORTS = ['auto', 'session', 'jsonrpc', 'json2'] as const;
const ADDON_EVENTS = ['pushed', 'fetched'] as const;
const TRANSLATED = ['odoo', 'n8n'];

export function SchemaFields({ connector, fields, isStored }: SchemaFieldsProps) {
  const { t } = useTranslation('connection');
  const isTranslated = TRANSLATED.includes(connector);
  return (
    <div className={styles.fields}>
      {fields.map((field) => {
        const known = isTranslated ? KNOWN.find((name) => name === field.name) : undefined;
        const label = known === undefined ? field.title : t(`fields.${known}`);
        const hint =
          field.kind === 'secret' && isStored
            ? t('form.secretKept')
            : known === 'transport'
              ? t('form.transportHint')
              : known === 'addon_events'
                ? t('form.addonEventsHint')
                : known === undefined
                  ? field.description
                  : undefined;
        const rules: Rule[] =
          field.required && !isStored ? [{ required: true, message: t('form.missing') }] : [];
        return (
          <FormItem
            key={field.name}
            name={field.name}
            label={<bdi>{label}</bdi>}
            rules={rules}
            beside={field.kind === 'tick'}
            {...(hint === undefined ? {} : { hint })}
          >
            <Field field={field} known={known} label={label} />
          </FormItem>
        );
      })}
    </div>
  );
}

interface FieldProps {
  field: SchemaField;
  known: (typeof KNOWN)[number] | undefined;
  label: string;
}

function Field({ field, known, label, ...given }: FieldProps) {
  const optionName = useOptionName(known);
  const { example, kind, lowest, highest, longest = 500 } = field;
  const bounds = {
    ...(lowest === undefined ? {} : { min: lowest }),
    ...(highest === undefined ? {} : { max: highest }),
  };
  switch (kind) {
    case 'secret':
      return <PasswordField {...given} dir="ltr" maxLength={1000} autoComplete="new-password" />;
    case 'choice':
      return (
        <ChoiceField
          {...given}
          options={field.options.map((value) => ({ value, label: optionName(value) }))}
        />
      );
    case 'whole':
    case 'number':
      return <NumberField {...given} {...bounds} whole={kind === 'whole'} />;
    case 'tick':
      return <Tick {...given} />;
    case 'words':
      return <WordsField {...given} label={label} separator={/[,\s]+/} />;
    case 'text':
      return (
        <TextField
          {...given}
          dir="ltr"
          maxLength={longest}
          autoComplete="off"
          spellCheck={false}
          {...(example === undefined ? {} : { placeholder: example })}
        />
      );
  }
}

/** What an option is called; what is not known is called as the connector does. */
function useOptionName(known: FieldProps['known']): (value: string) => string {
  const { t } = useTranslation('connection');
  return (value) => {
    const transport = TRANSPORTS.find((one) => one === value);
    if (known === 'transport' && transport !== undefined) {
      return t(`transport.${transport}`);
    }
    const addonEvents = ADDON_EVENTS.find((one) => one === value);
    if (known === 'addon_events' && addonEvents !== undefined) {
      return t(`addonEvents.${addonEvents}`);
    }
    return value;
  };
}
