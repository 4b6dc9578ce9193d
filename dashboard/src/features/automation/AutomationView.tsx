/** What one company's automations did: for themselves, and for those who run them. */
import { CheckCircleOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { Choice } from '@/ui/Choice';
import { EmptyState } from '@/ui/EmptyState';
import { Panel } from '@/ui/Panel';
import { Section } from '@/ui/Section';
import { Stack } from '@/ui/Stack';
import { saveFile } from '@/ui/table/csv';
import { ExportButton } from '@/ui/table/ExportButton';
import { compact, oneOf } from '@/ui/table/listSearch';

import styles from './automation.module.css';
import { CommonErrors } from './CommonErrors';
import { FiguresFilter } from './FiguresFilter';
import { HoursChart } from './HoursChart';
import { seriesCsv } from './queries';
import type { ClientMetrics } from './queries';
import { Reasons } from './reasons';
import { RunsChart } from './RunsChart';
import { INTERVALS } from './search';
import type { AutomationSearch } from './search';
import { useSpan } from './span';
import { Summary } from './Summary';
import { ViewLink } from './ViewLink';
import { Workflows } from './Workflows';

/** By hour the API answers for at most so long. */
const LONGEST_BY_HOUR = 62 * 86_400_000;

interface AutomationViewProps {
  client: string | null;
  metrics: ClientMetrics;
  search: AutomationSearch;
  onSearch: (search: AutomationSearch) => void;
}

export default function AutomationView({ client, metrics, search, onSearch }: AutomationViewProps) {
  const { t } = useTranslation('automation');
  const api = useApi();
  const { count } = useNumbers();
  const span = useSpan(metrics.period);
  const { period, figures } = metrics;
  const isLong = Date.parse(period.to) - Date.parse(period.from) > LONGEST_BY_HOUR;
  return (
    <Stack>
      <Panel>
        <FiguresFilter
          search={search}
          onSearch={(changed) => {
            // a chart by hour of a longer period would be refused
            onSearch(compact({ ...changed, by: changed.by === 'hour' ? undefined : changed.by }));
          }}
        >
          <span className={styles.span}>
            {span} · {period.time_zone}
          </span>
          {metrics.other_runs > 0 && (
            <span className={styles.aside}>
              <ViewLink client={client} search={{ ...search, runs: 'all' }}>
                {t(search.runs === 'manual' ? 'runs.othersProduction' : 'runs.others', {
                  count: metrics.other_runs,
                })}
              </ViewLink>
            </span>
          )}
        </FiguresFilter>
      </Panel>
      <Summary metrics={metrics} />
      <Section title={t('attention.title')}>
        {metrics.attention.length > 0 ? (
          <Reasons reasons={metrics.attention} most={6} />
        ) : (
          <p className={styles.quiet}>
            <CheckCircleOutlined aria-hidden className={styles.good ?? ''} /> {t('attention.none')}
          </p>
        )}
      </Section>
      <Section
        title={t('chart.title')}
        aside={
          <>
            <Choice
              label={t('chart.by')}
              value={search.by ?? ''}
              options={[
                { value: '', label: t('chart.auto', { interval: t(`interval.${period.interval}`) }) },
                ...INTERVALS.filter((value) => value !== 'hour' || !isLong).map((value) => ({
                  value,
                  label: t(`interval.${value}`),
                })),
              ]}
              onChange={(value) => {
                onSearch(compact({ ...search, by: oneOf(value, INTERVALS) }));
              }}
            />
            <ExportButton
              small
              onExport={async () => {
                saveFile('metrics.csv', await seriesCsv(api, client, search));
              }}
            />
          </>
        }
      >
        {figures.executions === 0 ? (
          <EmptyState
            title={t('noRuns.title')}
            hint={
              metrics.other_runs > 0
                ? t('noRuns.others', { times: count(metrics.other_runs) })
                : t('noRuns.hint')
            }
          />
        ) : (
          <RunsChart metrics={metrics} />
        )}
      </Section>
      <Workflows client={client} search={search} servers={metrics.servers.length} />
      {figures.executions > 0 && (
        <div className={styles.halves}>
          <Section title={t('errors.title')}>
            <CommonErrors client={client} search={search} errors={metrics.errors} />
          </Section>
          <Section title={t('hours.title')}>
            <HoursChart metrics={metrics} />
          </Section>
        </div>
      )}
    </Stack>
  );
}
