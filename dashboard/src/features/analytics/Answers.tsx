/** How requests were answered: by class of status, beside the period before. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useApi } from '@/api/context';
import { useNumbers } from '@/i18n/language';
import { useMay } from '@/session/context';
import { COLOURS } from '@/ui/chart/look';
import { EmptyState } from '@/ui/EmptyState';
import { Section } from '@/ui/Section';
import { Rows } from '@/ui/table/Rows';

import styles from './AnalyticsPage.module.css';
import { Loaded } from './Loaded';
import { statusQuery } from './queries';
import { withoutCompare } from './search';
import type { AnalyticsSearch } from './search';

const CLASSES = [
  { id: '2xx', key: 'status_2xx', colour: COLOURS.ok },
  { id: '3xx', key: 'status_3xx', colour: COLOURS.redirected },
  { id: '4xx', key: 'status_4xx', colour: COLOURS.refused },
  { id: '5xx', key: 'status_5xx', colour: COLOURS.failed },
] as const;

export function Answers({ search }: { search: AnalyticsSearch }) {
  const { t } = useTranslation('analytics');
  const { count, share } = useNumbers();
  const mayLogs = useMay()('logs:read');
  const query = useQuery(statusQuery(useApi(), search));
  return (
    <Section title={t('answers.title')}>
      <Loaded query={query} lines={5}>
        {(found) => {
          const all = CLASSES.reduce((sum, { key }) => sum + found[key], 0);
          const before = found.previous.requests;
          if (all === 0) {
            return <EmptyState title={t('none')} hint={t('noneHint')} />;
          }
          return (
            <>
              <div className={styles.line} aria-hidden="true">
                {CLASSES.filter(({ key }) => found[key] > 0).map(({ id, key, colour }) => (
                  <span key={id} style={{ flexGrow: found[key], background: colour }} />
                ))}
              </div>
              <Rows
                caption={t('answers.title')}
                rows={CLASSES}
                rowKey={({ id }) => id}
                columns={[
                  {
                    id: 'class',
                    title: t('answers.class'),
                    cell: ({ id, colour }) => (
                      <span className={styles.answer}>
                        <span className={styles.swatch} style={{ background: colour }} />
                        {mayLogs ? (
                          <Link to="/logs/usage" search={{ ...withoutCompare(search), answer: id }}>
                            {t(`answers.${id}`)}
                          </Link>
                        ) : (
                          t(`answers.${id}`)
                        )}
                      </span>
                    ),
                  },
                  {
                    id: 'count',
                    title: t('answers.count'),
                    numeric: true,
                    cell: ({ key }) => count(found[key]),
                  },
                  {
                    id: 'share',
                    title: t('answers.share'),
                    numeric: true,
                    cell: ({ key }) => share(found[key] / all),
                  },
                  {
                    id: 'before',
                    title: t('answers.before'),
                    numeric: true,
                    cell: ({ key }) =>
                      before === 0 ? null : share((found.previous[key]) / before),
                  },
                ]}
              />
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}
