import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { ButtonLink } from '@/ui/ButtonLink';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { markFields } from '@/ui/formProblems';
import { PageHeader } from '@/ui/PageHeader';
import { Skeleton } from '@/ui/Skeleton';
import { useForm } from '@/ui/form/state';

import { useChangeTenant } from './changes';
import { changedTenant, valuesOf } from './form';
import type { TenantValues } from './form';
import { tenantQuery } from './queries';
import type { Tenant } from './queries';
import { TenantForm } from './TenantForm';

const route = getRouteApi('/app/tenants/$tenantId/edit');

export function EditTenantPage() {
  const { tenantId } = route.useParams();
  const query = useQuery(tenantQuery(useApi(), tenantId));
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton lines={10} />
    );
  }
  return <EditTenant key={tenantId} tenant={query.data} />;
}

function EditTenant({ tenant }: { tenant: Tenant }) {
  const { t } = useTranslation('tenants');
  const navigate = useNavigate();
  const form = useForm<TenantValues>();
  const [initial] = useState(() => valuesOf(tenant));
  const [saidByFields, setSaidByFields] = useState(false);
  const change = useChangeTenant(tenant.id);
  const there = { to: '/tenants/$tenantId', params: { tenantId: tenant.id } } as const;
  return (
    <>
      <PageHeader
        title={t('form.editTitle', { name: tenant.name })}
        back={{ to: '/tenants', label: t('list.title') }}
      />
      <TenantForm
        form={form}
        initial={initial}
        tenantId={tenant.id}
        submit={t('form.save')}
        busy={change.isPending}
        error={saidByFields ? null : change.error}
        onSubmit={(values) => {
          change.mutate(changedTenant(initial, values), {
            onSuccess: () => void navigate(there),
            onError: (error) => {
              setSaidByFields(markFields(form, error));
            },
          });
        }}
        cancel={<ButtonLink {...there}>{t('form.cancel')}</ButtonLink>}
      />
    </>
  );
}
