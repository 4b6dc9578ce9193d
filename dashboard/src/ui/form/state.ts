/** What a form holds: values by name, what is wrong with them, and who follows which of them. */
import { useState, useSyncExternalStore } from 'react';

/** What a value has to be. The first rule that is broken says so. */
export interface Rule {
  /** Something has to be given; a text of spaces is nothing. */
  required?: boolean;
  pattern?: RegExp;
  email?: boolean;
  /** Whether the value is right, beside the others of the form. */
  check?: (value: unknown, values: Readonly<Record<string, unknown>>) => boolean;
  /** What to do about it. */
  message: string;
}

export interface FormState<Values extends object> {
  /** The values of the fields that are shown. */
  values: () => Values;
  get: (name: string) => unknown;
  /** A change by the person. */
  change: (name: string, value: unknown) => void;
  errorOf: (name: string) => string | undefined;
  /** Say what is wrong with fields, by name; fields that are not shown are left out. */
  mark: (errors: Readonly<Record<string, string>>) => void;
  has: (name: string) => boolean;
  /** Check everything; on success hand the values to whoever shows the form. */
  submit: () => void;
  /** Back to what it began with. */
  reset: () => void;
  follow: (changed: () => void) => () => void;
  /** For the form and its items. */
  readonly inner: Inner<Values>;
}

interface Shown {
  rules: readonly Rule[];
  focus: () => void;
}

interface Inner<Values> {
  begin: (initial: Partial<Values>) => void;
  show: (name: string, shown: Shown) => () => void;
  /** Whom to tell from now on. */
  tell: (told: Told<Values>) => void;
}

interface Told<Values> {
  onFinish?: (values: Values) => void;
  onChange?: (() => void) | undefined;
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

export function isGiven(value: unknown): boolean {
  return Array.isArray(value)
    ? value.length > 0
    : typeof value === 'string'
      ? value.trim() !== ''
      : value !== null && value !== undefined;
}

function isBroken(rule: Rule, value: unknown, values: Readonly<Record<string, unknown>>): boolean {
  if (!isGiven(value)) {
    return rule.required === true;
  }
  const text = typeof value === 'string' ? value : '';
  return (
    (rule.pattern !== undefined && !rule.pattern.test(text)) ||
    (rule.email === true && !EMAIL.test(text.trim())) ||
    (rule.check !== undefined && !rule.check(value, values))
  );
}

export function createForm<Values extends object>(): FormState<Values> {
  let first: Readonly<Record<string, unknown>> = {};
  let now: Readonly<Record<string, unknown>> = {};
  let errors: Readonly<Record<string, string>> = {};
  const fields = new Map<string, Shown>();
  const followers = new Set<() => void>();
  let told: Told<Values> = {};
  const tell = () => {
    for (const changed of followers) {
      changed();
    }
  };
  const wrongWith = (name: string): string | undefined =>
    fields.get(name)?.rules.find((rule) => isBroken(rule, now[name], now))?.message;
  const state: FormState<Values> = {
    values: () =>
      Object.fromEntries([...fields.keys()].map((name) => [name, now[name]])) as Values,
    get: (name) => now[name],
    change(name, value) {
      now = { ...now, [name]: value };
      // whoever was told something is wrong sees at once when it no longer is
      errors = Object.fromEntries(
        Object.keys(errors).flatMap((one) => {
          const error = wrongWith(one);
          return error === undefined ? [] : [[one, error] as const];
        }),
      );
      told.onChange?.();
      tell();
    },
    errorOf: (name) => errors[name],
    mark(given) {
      errors = Object.fromEntries(Object.entries(given).filter(([name]) => fields.has(name)));
      tell();
      focusFirst();
    },
    has: (name) => fields.has(name),
    submit() {
      errors = Object.fromEntries(
        [...fields.keys()].flatMap((name) => {
          const error = wrongWith(name);
          return error === undefined ? [] : [[name, error] as const];
        }),
      );
      tell();
      if (Object.keys(errors).length === 0) {
        told.onFinish?.(state.values());
      } else {
        focusFirst();
      }
    },
    reset() {
      now = first;
      errors = {};
      tell();
    },
    follow(changed) {
      followers.add(changed);
      return () => {
        followers.delete(changed);
      };
    },
    inner: {
      begin(initial) {
        first = initial;
        now = first;
        errors = {};
      },
      show(name, shown) {
        fields.set(name, shown);
        return () => {
          fields.delete(name);
        };
      },
      tell(whom) {
        told = whom;
      },
    },
  };
  function focusFirst(): void {
    const name = [...fields.keys()].find((one) => errors[one] !== undefined);
    if (name !== undefined) {
      fields.get(name)?.focus();
    }
  }
  return state;
}

/** A form's state for as long as the component that shows it is there. */
export function useForm<Values extends object>(): FormState<Values> {
  return useState(() => createForm<Values>())[0];
}

/** One value of a form, followed while it changes. */
export function useWatch<Values extends object, Name extends keyof Values & string>(
  name: Name,
  form: FormState<Values>,
): Values[Name] {
  return useSyncExternalStore(form.follow, () => form.get(name)) as Values[Name];
}
