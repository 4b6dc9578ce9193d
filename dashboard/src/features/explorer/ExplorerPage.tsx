/** Looks into the company's Odoo through the gateway, as an app would, with one's own rights. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { ProblemError } from '@/api/problem';
import { useMay } from '@/session/context';
import { ButtonLink } from '@/ui/ButtonLink';
import { Combobox } from '@/ui/Combobox';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorPanel } from '@/ui/ErrorPanel';
import { PageHeader } from '@/ui/PageHeader';
import { Section } from '@/ui/Section';
import { Skeleton } from '@/ui/Skeleton';
import { Stack } from '@/ui/Stack';

import styles from './explorer.module.css';
import { Filter } from './Filter';
import { allowedModelsQuery, fieldsQuery, modelsQuery } from './queries';
import { Records } from './Records';

const route = getRouteApi('/app/explorer');

/** Models that most companies use. */
const USUAL = ['res.partner', 'product.template', 'sale.order', 'crm.lead'] as const;

export function ExplorerPage() {
  const { t } = useTranslation('explorer');
  const { model } = route.useSearch();
  const mayConnect = useMay()('connections:write');
  const { error } = useQuery(modelsQuery(useApi()));
  if (error instanceof ProblemError && error.code === 'CONNECTION_MISSING') {
    return (
      <>
        <PageHeader title={t('title')} subtitle={t('subtitle')} />
        <EmptyState
          title={t('noOdoo')}
          hint={mayConnect ? t('noOdooHint') : t('noOdooForReaders')}
          action={
            mayConnect && (
              <ButtonLink to="/connections/new" look="primary">
                {t('connect')}
              </ButtonLink>
            )
          }
        />
      </>
    );
  }
  return (
    <>
      <PageHeader title={t('title')} subtitle={t('subtitle')} />
      <Stack>
        <ModelChoice model={model} />
        {model === undefined ? (
          <EmptyState title={t('model.none')} hint={t('model.noneHint')} />
        ) : (
          <Explored key={model} model={model} />
        )}
      </Stack>
    </>
  );
}

function ModelChoice({ model }: { model: string | undefined }) {
  const { t } = useTranslation('explorer');
  const navigate = useNavigate({ from: '/explorer' });
  const api = useApi();
  const query = useQuery(modelsQuery(api));
  const allowed = useQuery(allowedModelsQuery(api));
  const listed = allowed.data?.allowed_models ?? null;
  const isClosed = (name: string) =>
    allowed.data?.closed_models.includes(name) === true || listed?.includes(name) === false;
  const isReadOnly = model !== undefined && allowed.data?.read_only_models.includes(model) === true;
  const open = (wanted: string) => {
    void navigate({ search: { model: wanted } });
  };
  return (
    <div className={styles.bar}>
      <Combobox
        className={styles.model}
        label={t('model.label')}
        placeholder={query.isError ? t('model.type') : t('model.choose')}
        busy={query.isPending}
        // the list of models may be closed to this person while single models are not
        free={query.isError}
        options={
          query.isError
            ? (listed ?? USUAL).map((value) => ({ value, label: value }))
            : (query.data ?? [])
                .filter((one) => !isClosed(one.model))
                .map((one) => ({ value: one.model, label: `${one.name} · ${one.model}` }))
        }
        value={model ?? null}
        onChange={(wanted) => {
          if (wanted !== null) {
            open(wanted);
          }
        }}
      />
      {isReadOnly && <span className={styles.readOnly}>{t('model.readOnly')}</span>}
    </div>
  );
}

function Explored({ model }: { model: string }) {
  const { t } = useTranslation('explorer');
  const query = useQuery(fieldsQuery(useApi(), model));
  if (query.data === undefined) {
    return query.isError ? (
      <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton lines={10} />
    );
  }
  return (
    <>
      <Section title={t('filter.title')}>
        <Filter fields={query.data} />
      </Section>
      <Records model={model} fields={query.data} />
    </>
  );
}
