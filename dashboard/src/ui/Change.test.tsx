import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';

import { show } from '@/testing/show';

import { Change } from './Change';

it.each([
  [150, 100, '▲ +50%'],
  [50, 100, '▼ -50%'],
  [1004, 1000, 'same'],
  [5, 0, 'new'],
])('says how %d differs from %d: %s', async (now, before, said) => {
  await show(<p data-testid="change"><Change now={now} before={before} /></p>);
  expect(screen.getByTestId('change').textContent).toBe(said);
});

it('says nothing where nothing was and is', async () => {
  await show(<p data-testid="change"><Change now={0} before={0} /></p>);
  expect(screen.getByTestId('change').textContent).toBe('');
});

it('takes small differences for neither good nor bad', async () => {
  await show(
    <>
      <Change better="less" now={105} before={100} />
      <Change better="less" now={150} before={100} />
      <Change better="less" now={50} before={100} />
    </>,
  );
  const classes = ['+5%', '+50%', '-50%'].map((text) => screen.getByText(text).className);
  expect(classes[0]).not.toMatch(/good|bad/);
  expect(classes[1]).toMatch(/bad/);
  expect(classes[2]).toMatch(/good/);
});
