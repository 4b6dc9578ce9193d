import { LeftOutlined, RightOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { useLanguage, useNumbers } from '@/i18n/language';

import { Choice } from '../Choice';
import { PAGE_SIZES, compact, windowOf } from './listSearch';
import type { ListSearch } from './listSearch';
import styles from './Pages.module.css';

interface PagesProps {
  total: number;
  search: ListSearch;
  onSearch: (change: ListSearch) => void;
}

/** Which rows of how many, and the way to the others. */
export function Pages({ total, search, onSearch }: PagesProps) {
  const { t } = useTranslation('common');
  const { direction } = useLanguage();
  const { count } = useNumbers();
  const { skip, limit } = windowOf(search);
  const page = search.page ?? 1;
  const last = Math.max(1, Math.ceil(total / limit));
  const [Before, After] =
    direction === 'rtl' ? [RightOutlined, LeftOutlined] : [LeftOutlined, RightOutlined];
  const go = (to: number) => {
    onSearch(compact({ ...search, page: to > 1 ? to : undefined }));
  };
  if (total === 0 && page === 1) {
    return null;
  }
  return (
    <nav aria-label={t('table.pages')} className={styles.pages}>
      <span role="status">
        {t('table.range', {
          first: count(Math.min(skip + 1, total)),
          last: count(Math.min(skip + limit, total)),
          total: count(total),
        })}
      </span>
      <Choice
        label={t('table.pageSize')}
        value={String(limit)}
        options={PAGE_SIZES.map((size) => ({
          value: String(size),
          label: t('table.rowsAPage', { count: size }),
        }))}
        onChange={(size) => {
          const wanted = PAGE_SIZES.find((one) => String(one) === size && one !== 25);
          onSearch(compact({ sort: search.sort, size: wanted }));
        }}
      />
      <span className={styles.steps}>
        <Button
          icon={<Before />}
          aria-label={t('table.previousPage')}
          disabled={page <= 1}
          onClick={() => {
            go(Math.min(page - 1, last));
          }}
        />
        <span className={styles.place}>
          {t('table.pageOf', { page: count(page), last: count(last) })}
        </span>
        <Button
          icon={<After />}
          aria-label={t('table.nextPage')}
          disabled={page >= last}
          onClick={() => {
            go(page + 1);
          }}
        />
      </span>
    </nav>
  );
}
