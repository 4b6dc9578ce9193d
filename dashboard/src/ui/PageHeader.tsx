import { ArrowLeftOutlined, ArrowRightOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import type { LinkProps } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { ReactNode } from 'react';

import { useLanguage } from '@/i18n/language';

import styles from './PageHeader.module.css';

type BackProps = Pick<LinkProps, 'to' | 'params' | 'search'> & { label: string };

interface PageHeaderProps {
  title: string;
  /** A state or kind, beside the title. */
  mark?: ReactNode;
  subtitle?: ReactNode;
  actions?: ReactNode;
  /** Where this page belongs. */
  back?: BackProps;
}

/** The head of every page; names the browser's tab too. */
export function PageHeader({ title, mark, subtitle, actions, back }: PageHeaderProps) {
  useEffect(() => {
    document.title = `${title} · BridgeCore`;
  }, [title]);
  return (
    <header className={styles.header}>
      <div className={styles.words}>
        {back !== undefined && <Back {...back} />}
        <h1 className={styles.title} tabIndex={-1}>
          <bdi>{title}</bdi> {mark}
        </h1>
        {subtitle !== undefined && <div className={styles.subtitle}>{subtitle}</div>}
      </div>
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </header>
  );
}

function Back({ label, ...link }: BackProps) {
  const { direction } = useLanguage();
  return (
    <Link {...(link as LinkProps)} className={styles.back}>
      {direction === 'rtl' ? <ArrowRightOutlined aria-hidden /> : <ArrowLeftOutlined aria-hidden />} {label}
    </Link>
  );
}
