/** What was used most, ranked. A name narrows the whole page down to it. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import type { components } from '@/api/schema.gen';
import { EmptyState } from '@/ui/EmptyState';
import { Section } from '@/ui/Section';
import type { Column } from '@/ui/table/column';
import { saveCsv, toCsv } from '@/ui/table/csv';
import { ExportButton } from '@/ui/table/ExportButton';
import { Rows } from '@/ui/table/Rows';

import { useRanking } from '../traffic/ranking';
import { Loaded } from './Loaded';
import { topEndpointsQuery, topModelsQuery, topTenantsQuery } from './queries';
import { METHODS } from './search';
import type { AnalyticsSearch } from './search';

type Tenant = components['schemas']['TenantUse'];
type Endpoint = components['schemas']['Endpoint'];
type Model = components['schemas']['ModelUse'];

/** As many as the API ranks, for the exported file. */
const MOST = 100;

interface TopProps {
  search: AnalyticsSearch;
}

export function TopTenants({ search }: TopProps) {
  const { t } = useTranslation('analytics');
  const api = useApi();
  const queryClient = useQueryClient();
  const query = useQuery(topTenantsQuery(api, search));
  const columns = useRanking<Tenant>(
    {
      id: 'tenant',
      title: t('tops.tenant'),
      cell: ({ tenant_id, name }) => (
        <Link to="/analytics" search={{ ...search, tenant: tenant_id }}>
          <bdi>{name}</bdi>
        </Link>
      ),
      exported: ({ name }) => name,
    },
    query.data?.items ?? [],
  );
  return (
    <Top
      title={t('tops.tenants')}
      file="top-tenants"
      columns={columns}
      query={query}
      rowKey={(tenant) => tenant.tenant_id}
      load={async () => (await queryClient.query(topTenantsQuery(api, search, MOST))).items}
    />
  );
}

export function TopEndpoints({ search }: TopProps) {
  const { t } = useTranslation('analytics');
  const api = useApi();
  const queryClient = useQueryClient();
  const query = useQuery(topEndpointsQuery(api, search));
  const columns = useRanking<Endpoint>(
    {
      id: 'endpoint',
      title: t('tops.endpoint'),
      cell: ({ method, route }) => {
        const known = METHODS.find((one) => one === method);
        return (
          <Link
            to="/analytics"
            search={{ ...search, route, ...(known === undefined ? {} : { method: known }) }}
          >
            <code>
              {method}{' '}
              {route.split(/(?=[/_])/).map((part, at) => (
                <Fragment key={at}>
                  <wbr />
                  {part}
                </Fragment>
              ))}
            </code>
          </Link>
        );
      },
      exported: ({ method, route }) => `${method} ${route}`,
    },
    query.data?.items ?? [],
  );
  return (
    <Top
      title={t('tops.endpoints')}
      file="top-endpoints"
      columns={columns}
      query={query}
      rowKey={({ method, route }) => `${method} ${route}`}
      load={async () => (await queryClient.query(topEndpointsQuery(api, search, MOST))).items}
    />
  );
}

export function TopModels({ search }: TopProps) {
  const { t } = useTranslation('analytics');
  const api = useApi();
  const queryClient = useQueryClient();
  const query = useQuery(topModelsQuery(api, search));
  const columns = useRanking<Model>(
    {
      id: 'model',
      title: t('tops.model'),
      cell: ({ model }) => (
        <Link to="/analytics" search={{ ...search, model }}>
          <code>{model}</code>
        </Link>
      ),
      exported: ({ model }) => model,
    },
    query.data?.items ?? [],
  );
  return (
    <Top
      title={t('tops.models')}
      file="top-models"
      columns={columns}
      query={query}
      rowKey={({ model }) => model}
      load={async () => (await queryClient.query(topModelsQuery(api, search, MOST))).items}
    />
  );
}

interface TopTableProps<Row> {
  title: string;
  /** Name of the exported file. */
  file: string;
  columns: readonly Column<Row>[];
  query: UseQueryResult<{ items: Row[] }>;
  rowKey: (row: Row) => string;
  /** Every row, for the file. */
  load: () => Promise<readonly Row[]>;
}

function Top<Row>({ title, file, columns, query, rowKey, load }: TopTableProps<Row>) {
  const { t } = useTranslation('analytics');
  return (
    <Section
      flush
      title={title}
      aside={
        <ExportButton
          small
          onExport={async () => {
            saveCsv(file, toCsv(columns, await load()));
          }}
        />
      }
    >
      <Loaded query={query} lines={6}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t('none')} hint={t('noneHint')} />
          ) : (
            <Rows
              caption={title}
              columns={columns}
              rows={items}
              rowKey={rowKey}
              busy={query.isPlaceholderData}
            />
          )
        }
      </Loaded>
    </Section>
  );
}
