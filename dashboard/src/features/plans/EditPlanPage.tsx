import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { PageHeader } from '@/ui/PageHeader';
import { Skeleton } from '@/ui/Skeleton';
import { useToasts } from '@/ui/toasts';
import { useForm } from '@/ui/form/state';

import { changedPlan, valuesOf } from './form';
import type { PlanValues } from './form';
import { PlanForm } from './PlanForm';
import { planQuery, useChangePlan } from './queries';
import type { Plan } from './queries';

const route = getRouteApi('/app/plans/$planId');

export function EditPlanPage() {
  const { planId } = route.useParams();
  const query = useQuery(planQuery(useApi(), planId));
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton lines={10} />
    );
  }
  return <EditPlan key={planId} plan={query.data} />;
}

function EditPlan({ plan }: { plan: Plan }) {
  const { t } = useTranslation('plans');
  const navigate = useNavigate();
  const toasts = useToasts();
  const form = useForm<PlanValues>();
  const [initial] = useState(() => valuesOf(plan));
  const [saidByFields, setSaidByFields] = useState(false);
  const change = useChangePlan(plan.id);
  return (
    <>
      <PageHeader
        title={t('form.editTitle', { name: plan.name })}
        subtitle={t('form.editLead')}
        back={{ to: '/plans', label: t('title') }}
      />
      <PlanForm
        form={form}
        initial={initial}
        isNew={false}
        busy={change.isPending}
        error={saidByFields ? null : change.error}
        onSubmit={(values) => {
          change.mutate(changedPlan(initial, values), {
            onSuccess: () => {
              toasts.success(t('form.saved', { name: plan.name }));
              void navigate({ to: '/plans' });
            },
            onError: (error) => {
              setSaidByFields(markFields(form, error));
            },
          });
        }}
      />
    </>
  );
}
