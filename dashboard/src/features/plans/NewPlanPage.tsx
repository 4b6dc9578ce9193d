import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { markFields } from '@/ui/formProblems';
import { PageHeader } from '@/ui/PageHeader';
import { useForm } from '@/ui/form/state';

import { NEW_PLAN, newPlan } from './form';
import type { PlanValues } from './form';
import { PlanForm } from './PlanForm';
import { useCreatePlan } from './queries';

export function NewPlanPage() {
  const { t } = useTranslation('plans');
  const navigate = useNavigate();
  const form = useForm<PlanValues>();
  const [saidByFields, setSaidByFields] = useState(false);
  const create = useCreatePlan();
  return (
    <>
      <PageHeader title={t('create')} back={{ to: '/plans', label: t('title') }} />
      <PlanForm
        form={form}
        initial={NEW_PLAN}
        isNew
        busy={create.isPending}
        error={saidByFields ? null : create.error}
        onSubmit={(values) => {
          create.mutate(newPlan(values), {
            onSuccess: () => void navigate({ to: '/plans' }),
            onError: (error) => {
              setSaidByFields(markFields(form, error));
            },
          });
        }}
      />
    </>
  );
}
