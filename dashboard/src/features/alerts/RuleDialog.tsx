import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useRoles } from '@/features/members/useRoles';
import { roleName } from '@/shell/person';
import { ChoiceField } from '@/ui/ChoiceField';
import { Dialog } from '@/ui/Dialog';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { NumberField, TextField, Tick, TicksField } from '@/ui/form/fields';
import { Form, FormItem } from '@/ui/form/Form';
import { useForm } from '@/ui/form/state';
import { LabelledField } from '@/ui/LabelledField';
import { Skeleton } from '@/ui/Skeleton';
import { useToasts } from '@/ui/toasts';

import { parametersOf, parametersToSend } from './parameters';
import type { ParameterName } from './parameters';
import { kindsQuery, useAddRule, useChangeRule, usePlace } from './queries';
import type { Kind, Rule } from './queries';

const SEVERITIES = ['critical', 'warning', 'notice'] as const;
const STAFF_ROLES = ['super_admin', 'admin', 'support'] as const;
const WINDOW = 60;

interface RuleValues extends Partial<Record<ParameterName, number | null>> {
  name: string;
  severity: (typeof SEVERITIES)[number];
  window_minutes: number | null;
  roles: string[];
  in_app: boolean;
  by_mail: boolean;
  is_enabled: boolean;
}

/** Changes a rule, or makes one where there is none. */
export function RuleDialog({ rule, onClose }: { rule: Rule | null; onClose: () => void }) {
  const { t } = useTranslation('alerts');
  const kinds = useQuery(kindsQuery(useApi(), usePlace()));
  const [chosen, setChosen] = useState<string | null>(rule?.kind ?? null);
  const kind = kinds.data?.find((one) => one.kind === chosen) ?? kinds.data?.[0];
  if (kinds.data === undefined || kind === undefined) {
    return (
      <Dialog title={t(rule === null ? 'rules.addTitle' : 'rules.editTitle')} onCancel={onClose}>
        {kinds.isError ? <ErrorPanel compact error={kinds.error} /> : <Skeleton lines={5} />}
      </Dialog>
    );
  }
  return (
    <RuleForm
      key={kind.kind}
      rule={rule}
      kind={kind}
      kinds={kinds.data}
      onKind={setChosen}
      onClose={onClose}
    />
  );
}

interface RuleFormProps {
  rule: Rule | null;
  kind: Kind;
  kinds: readonly Kind[];
  onKind: (kind: string) => void;
  onClose: () => void;
}

function RuleForm({ rule, kind, kinds, onKind, onClose }: RuleFormProps) {
  const { t } = useTranslation('alerts');
  const toasts = useToasts();
  const id = useId();
  const form = useForm<RuleValues>();
  const [saidByFields, setSaidByFields] = useState(false);
  const add = useAddRule();
  const change = useChangeRule(rule?.id ?? '');
  const { isPending, isError, error } = rule === null ? add : change;
  const given = rule?.parameters ?? {};
  const parameters = parametersOf(kind.parameters, given);
  const roles = useRoleChoices();
  const send = (values: RuleValues) => {
    const body = {
      name: values.name.trim() === '' ? null : values.name.trim(),
      severity: values.severity,
      window_minutes: values.window_minutes ?? WINDOW,
      roles: values.roles,
      in_app: values.in_app,
      by_mail: values.by_mail,
      is_enabled: values.is_enabled,
      parameters: parametersToSend(parameters, given, values),
    };
    const outcome = {
      onSuccess: () => {
        onClose();
        toasts.success(t('rules.saved'));
      },
      onError: (problem: unknown) => {
        setSaidByFields(markFields(form, problem));
      },
    };
    if (rule === null) {
      add.mutate({ ...body, kind: kind.kind, people: [] }, outcome);
    } else {
      change.mutate(body, outcome);
    }
  };
  return (
    <Dialog
      wide
      title={rule === null ? t('rules.addTitle') : (rule.name ?? rule.title)}
      confirm={t('rules.save')}
      busy={isPending}
      onConfirm={() => {
        form.submit();
      }}
      onCancel={onClose}
    >
      {isError && !saidByFields && <ErrorPanel compact error={error} />}
      <Form<RuleValues>
        form={form}
        inside
        initialValues={{
          name: rule?.name ?? '',
          severity: rule?.severity ?? kind.severity,
          window_minutes: rule?.window_minutes ?? WINDOW,
          roles: rule?.roles ?? [],
          in_app: rule?.in_app ?? true,
          by_mail: rule?.by_mail ?? true,
          is_enabled: rule?.is_enabled ?? true,
          ...Object.fromEntries(parameters.map(({ name, initial }) => [name, initial])),
        }}
        onFinish={send}
      >
        {rule === null && (
          <LabelledField htmlFor={id} label={t('fields.kind')} hint={kind.description}>
            <ChoiceField
              id={id}
              value={kind.kind}
              onChange={onKind}
              options={kinds.map((one) => ({ value: one.kind, label: one.title }))}
            />
          </LabelledField>
        )}
        <FormItem name="name" label={t('fields.name')} hint={t('rules.nameHint')}>
          <TextField maxLength={100} autoComplete="off" placeholder={kind.title} />
        </FormItem>
        {parameters.map(({ name, whole }) => (
          <FormItem key={name} name={name} label={t(`parameters.${name}`)}>
            <NumberField whole={whole} min={0} />
          </FormItem>
        ))}
        <FormItem
          name="window_minutes"
          label={t('rules.window')}
          hint={t('rules.windowHint')}
        >
          <NumberField whole min={1} max={43_200} />
        </FormItem>
        <FormItem name="severity" label={t('rules.weight')}>
          <ChoiceField
            options={SEVERITIES.map((value) => ({ value, label: t(`severity.${value}`) }))}
          />
        </FormItem>
        <FormItem name="roles" label={t('rules.roles')}>
          <TicksField options={roles} />
        </FormItem>
        <FormItem name="in_app" label={t('rules.inApp')} beside>
          <Tick />
        </FormItem>
        <FormItem name="by_mail" label={t('rules.byMail')} beside>
          <Tick />
        </FormItem>
        <FormItem name="is_enabled" label={t('rules.isEnabled')} beside>
          <Tick />
        </FormItem>
      </Form>
    </Dialog>
  );
}

function useRoleChoices(): readonly { value: string; label: string }[] {
  const { t } = useTranslation('shell');
  const { isStaff } = usePlace();
  const ofTenant = useRoles();
  return isStaff ? STAFF_ROLES.map((value) => ({ value, label: roleName(t, value) })) : ofTenant;
}
