/** An entity by its title and its name, once where it has no title; a record of it by its key too. */
import type { ReactNode } from 'react';

import styles from './sync.module.css';

interface EntityNameProps {
  entity: string;
  /** As its source calls it; empty where that is not known. */
  title: string | undefined;
  /** Of one record. */
  record?: string;
  /** Around the first line, such as a link. */
  wrap?: (name: ReactNode) => ReactNode;
}

export function EntityName({ entity, title, record, wrap = (name) => name }: EntityNameProps) {
  const code = record === undefined ? entity : `${entity} ${record}`;
  const isTitled = title !== undefined && title !== '' && title !== entity;
  return (
    <span className={styles.named}>
      {wrap(isTitled ? <bdi>{title}</bdi> : <code>{code}</code>)}
      {isTitled && <code>{code}</code>}
    </span>
  );
}
