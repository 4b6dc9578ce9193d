import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';

import { show } from '@/testing/show';

import { ReasonDialog } from './ReasonDialog';
import { TypedConfirmDialog } from './TypedConfirmDialog';

it('lets something grave happen only when its name was typed', async () => {
  let confirmed = 0;
  await show(
    <TypedConfirmDialog
      title="Delete Acme?"
      word="acme"
      confirm="Delete"
      busy={false}
      error={null}
      onCancel={() => undefined}
      onConfirm={() => {
        confirmed += 1;
      }}
    >
      It can come back.
    </TypedConfirmDialog>,
  );
  const user = userEvent.setup();
  const remove = screen.getByRole<HTMLButtonElement>('button', { name: 'Delete' });
  const field = screen.getByRole('textbox', { name: /To confirm, type acme/ });
  expect(remove.disabled).toBe(true);
  await user.type(field, 'acm{Enter}');
  expect(remove.disabled).toBe(true);
  expect(confirmed).toBe(0);
  await user.type(field, 'e');
  expect(remove.disabled).toBe(false);
  await user.click(remove);
  expect(confirmed).toBe(1);
});

it('asks for a reason that is more than spaces, unless it is optional', async () => {
  const given: string[] = [];
  const dialog = (optional: boolean) => (
    <ReasonDialog
      title="Suspend?"
      confirm="Suspend"
      optional={optional}
      busy={false}
      error={null}
      onCancel={() => undefined}
      onConfirm={(reason) => given.push(reason)}
    >
      Its calls are refused.
    </ReasonDialog>
  );
  const user = userEvent.setup();
  const first = await show(dialog(false));
  const suspend = () => screen.getByRole<HTMLButtonElement>('button', { name: 'Suspend' });
  await user.type(screen.getByRole('textbox', { name: 'Reason' }), '   ');
  expect(suspend().disabled).toBe(true);
  await user.type(screen.getByRole('textbox', { name: 'Reason' }), 'unpaid ');
  await user.click(suspend());
  expect(given).toEqual(['unpaid']);
  first.unmount();

  await show(dialog(true));
  await user.click(suspend());
  expect(given).toEqual(['unpaid', '']);
});
