import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';

import { show } from '@/testing/show';

import { NumberField, TextField, Tick } from './fields';
import { Form, FormItem } from './Form';
import { useForm } from './state';
import { WordsField } from './WordsField';

interface Values {
  name?: string;
  email?: string;
  limit?: number | null;
  open?: boolean;
  models?: string[];
}

function Example({ onFinish }: { onFinish: (values: Values) => void }) {
  const form = useForm<Values>();
  return (
    <Form<Values> marks form={form} initialValues={{ limit: 5, open: true }} onFinish={onFinish}>
      <FormItem name="name" label="Name" rules={[{ required: true, message: 'Name it' }]}>
        <TextField />
      </FormItem>
      <FormItem name="email" label="Email" rules={[{ email: true, message: 'No address' }]}>
        <TextField />
      </FormItem>
      <FormItem name="limit" label="Limit" hint="Empty: none">
        <NumberField whole />
      </FormItem>
      <FormItem beside name="open" label="Open">
        <Tick />
      </FormItem>
      <FormItem name="models" label="Models">
        <WordsField label="Models" separator={/[\s,]+/} />
      </FormItem>
      <button type="submit">Save</button>
      <button
        type="button"
        onClick={() => {
          form.mark({ name: 'Taken', other: 'Elsewhere' });
        }}
      >
        Mark
      </button>
    </Form>
  );
}

it('hands over values of their own types', async () => {
  const given: Values[] = [];
  await show(<Example onFinish={(values) => given.push(values)} />);
  const user = userEvent.setup();
  await user.type(screen.getByLabelText(/Name/), 'Acme');
  await user.clear(screen.getByLabelText('Limit'));
  await user.click(screen.getByLabelText('Open'));
  await user.type(screen.getByRole('textbox', { name: 'Models' }), 'res.partner,sale.order');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(given).toEqual([
    {
      name: 'Acme',
      email: undefined,
      limit: null,
      open: false,
      models: ['res.partner', 'sale.order'],
    },
  ]);
});

it('says what is wrong beside the field, goes there, and stops saying it once it is right', async () => {
  const given: Values[] = [];
  await show(<Example onFinish={(values) => given.push(values)} />);
  const user = userEvent.setup();
  await user.type(screen.getByLabelText('Email'), 'nobody');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(screen.getAllByRole('alert').map(({ textContent }) => textContent)).toEqual([
    'Name it',
    'No address',
  ]);
  const name = screen.getByLabelText(/Name/);
  expect(document.activeElement).toBe(name);
  expect(name.getAttribute('aria-invalid')).toBe('true');
  expect(given).toEqual([]);
  await user.type(name, 'Acme');
  await user.type(screen.getByLabelText('Email'), '@acme.example');
  expect(screen.queryAllByRole('alert')).toEqual([]);
});

it('shows what the server found wrong with a field', async () => {
  await show(<Example onFinish={() => undefined} />);
  const user = userEvent.setup();
  await user.click(screen.getByRole('button', { name: 'Mark' }));
  expect(screen.getByRole('alert').textContent).toBe('Taken');
});

it('counts a text that is still being typed, and moves nothing when a button is pressed', async () => {
  const given: Values[] = [];
  await show(<Example onFinish={(values) => given.push(values)} />);
  const user = userEvent.setup();
  await user.type(screen.getByLabelText(/Name/), 'Acme');
  const field = screen.getByRole('textbox', { name: 'Models' });
  await user.type(field, 'res.partner sale.order');
  expect(screen.getAllByRole('listitem')).toHaveLength(1);
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(screen.getAllByRole('listitem')).toHaveLength(1);
  expect(given[0]?.models).toEqual(['res.partner', 'sale.order']);
  await user.type(field, '{Enter}');
  expect(screen.getAllByRole('listitem')).toHaveLength(2);
  await user.type(field, '{Backspace}');
  expect(screen.getAllByRole('listitem')).toHaveLength(1);
});
