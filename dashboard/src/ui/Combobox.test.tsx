import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';

import { show } from '@/testing/show';

import { Combobox } from './Combobox';

const OPTIONS = [
  { value: 'p', label: 'Contact', search: 'res.partner' },
  { value: 'o', label: 'Sales order', search: 'sale.order' },
  { value: 'l', label: 'Lead' },
];

it('narrows by what is typed, moves with the arrows, chooses with Enter', async () => {
  const chosen: (string | null)[] = [];
  await show(
    <Combobox label="Model" value="p" options={OPTIONS} onChange={(one) => chosen.push(one)} />,
  );
  const user = userEvent.setup();
  const field = screen.getByRole('combobox', { name: 'Model' });
  expect((field as HTMLInputElement).value).toBe('Contact');
  await user.click(field);
  expect(screen.getAllByRole('option', { hidden: true })).toHaveLength(3);
  await user.type(field, 'sale.');
  expect(screen.getAllByRole('option', { hidden: true }).map((one) => one.textContent)).toEqual([
    'Sales order',
  ]);
  await user.keyboard('{Enter}');
  await user.click(field);
  await user.keyboard('{ArrowDown}{Enter}');
  expect(chosen).toEqual(['o', 'o']);
});

it('closes on Escape without a choice, takes free text only where that is meant', async () => {
  const chosen: (string | null)[] = [];
  const take = (one: string | null) => chosen.push(one);
  await show(
    <>
      <Combobox label="Strict" value={null} options={OPTIONS} onChange={take} />
      <Combobox free label="Free" value={null} options={OPTIONS} onChange={take} />
    </>,
  );
  const user = userEvent.setup();
  await user.type(screen.getByRole('combobox', { name: 'Strict' }), 'x.y{Enter}');
  await user.keyboard('{Escape}');
  expect(screen.getByRole('combobox', { name: 'Strict' }).getAttribute('aria-expanded')).toBe('false');
  expect(chosen).toEqual([]);
  await user.type(screen.getByRole('combobox', { name: 'Free' }), 'x.y{Enter}');
  expect(chosen).toEqual(['x.y']);
});
