import { SearchOutlined } from '@ant-design/icons';
import { useEffect, useRef, useState } from 'react';

import styles from './SearchText.module.css';

interface SearchTextProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  className?: string;
  /** Text that is code, such as an id or a route: written from left to right. */
  code?: boolean;
}

const TYPING_MS = 250;

/** Text to look for, told when the person stops typing for a moment. */
export function SearchText({ label, value, onChange, className = '', code = false }: SearchTextProps) {
  const [typed, setTyped] = useState(value);
  const [given, setGiven] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  if (given !== value) {
    setGiven(value);
    setTyped(value);
  }
  useEffect(
    () => () => {
      clearTimeout(timer.current);
    },
    [],
  );
  return (
    <span className={`${styles.search} ${className}`}>
      <SearchOutlined aria-hidden />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        dir={code && typed !== '' ? 'ltr' : undefined}
        value={typed}
        onChange={({ target }) => {
        setTyped(target.value);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => {
          setGiven(target.value.trim());
          onChange(target.value.trim());
        }, TYPING_MS);
      }}
      />
    </span>
  );
}
