import { beforeEach, expect, it } from 'vitest';

import { takeBegun } from './microsoft';

const BEGUN = { state: 'state', verifier: 'verifier', to: '/home' };

beforeEach(() => {
  sessionStorage.setItem('bridgecore.microsoft', JSON.stringify(BEGUN));
});

it('hands out what was begun once', () => {
  expect(takeBegun(sessionStorage, 'state')).toEqual(BEGUN);
  expect(takeBegun(sessionStorage, 'state')).toBeNull();
});

it('knows nothing of a sign-in that began elsewhere', () => {
  expect(takeBegun(sessionStorage, 'another')).toBeNull();
});
