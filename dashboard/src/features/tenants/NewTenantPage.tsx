import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { ButtonLink } from '@/ui/ButtonLink';
import { markFields } from '@/ui/formProblems';
import { PageHeader } from '@/ui/PageHeader';
import { useForm } from '@/ui/form/state';

import { useCreateTenant } from './changes';
import { newTenant } from './form';
import type { TenantValues } from './form';
import { TenantForm } from './TenantForm';

export function NewTenantPage() {
  const { t } = useTranslation('tenants');
  const navigate = useNavigate();
  const form = useForm<TenantValues>();
  const [saidByFields, setSaidByFields] = useState(false);
  const create = useCreateTenant();
  return (
    <>
      <PageHeader
        title={t('form.createTitle')}
        subtitle={t('form.createLead')}
        back={{ to: '/tenants', label: t('list.title') }}
      />
      <TenantForm
        form={form}
        initial={{}}
        tenantId={null}
        submit={t('form.create')}
        busy={create.isPending}
        error={saidByFields ? null : create.error}
        onSubmit={(values) => {
          create.mutate(newTenant(values), {
            onSuccess: (tenant) =>
              void navigate({ to: '/tenants/$tenantId', params: { tenantId: tenant.id } }),
            onError: (error) => {
              setSaidByFields(markFields(form, error));
            },
          });
        }}
        cancel={<ButtonLink to="/tenants">{t('form.cancel')}</ButtonLink>}
      />
    </>
  );
}
