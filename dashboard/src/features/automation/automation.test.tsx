import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { show } from '@/testing/show';

import { useAmounts } from './amounts';
import { changedN8n } from './form';
import type { Attention, N8nServer } from './queries';
import { Reasons } from './reasons';
import { figuresOf, readAutomationSearch, readClientsSearch } from './search';
import { Sparkline } from './Sparkline';

describe('what an address says', () => {
  it('is kept where it means something, and left out where it is the usual', () => {
    expect(
      readAutomationSearch({
        span: '30d',
        runs: 'production',
        tab: 'overview',
        by: 'week',
        outcome: 'failed',
        workflow: 7,
      }),
    ).toEqual({ by: 'week', outcome: 'failed', workflow: '7' });
    expect(readAutomationSearch({ runs: 'some', tab: 'secrets', by: 'year' })).toEqual({});
    expect(readClientsSearch({ attention: 'true', search: ' ', span: '7d' })).toEqual({
      attention: true,
      span: '7d',
    });
  });

  it('takes the period and the runs along, and nothing else', () => {
    const search = readAutomationSearch({ span: '7d', runs: 'all', tab: 'executions', by: 'day' });
    expect(figuresOf(search)).toEqual({ span: '7d', runs: 'all' });
  });
});

describe('the form of a server', () => {
  const server = {
    connection_id: '01a20448-c8cf-7e38-a34d-f93407ce582f',
    name: 'n8n',
    url: 'https://n8n.example',
  } as N8nServer;

  it('sends all of a new one', () => {
    expect(
      changedN8n(null, { n8n_api_url: ' https://n8n.example ', n8n_api_key: ' key\n' }),
    ).toEqual({ n8n_api_url: 'https://n8n.example', n8n_api_key: 'key' });
  });

  it('sends what differs of one that is stored, and never an empty key', () => {
    expect(
      changedN8n(server, { name: 'n8n', n8n_api_url: 'https://n8n.example', n8n_api_key: '' }),
    ).toEqual({ connection_id: server.connection_id });
    expect(changedN8n(server, { name: 'Main', n8n_api_url: server.url ?? '' })).toEqual({
      connection_id: server.connection_id,
      name: 'Main',
    });
  });
});

function Said({ what }: { what: (amounts: ReturnType<typeof useAmounts>) => string }) {
  return <p>{what(useAmounts())}</p>;
}

describe('amounts', () => {
  it.each([
    [45, '45m'],
    [60, '1h'],
    [490, '8h 10m'],
    [25_349, '422h'],
    [0, '0m'],
  ])('%d minutes are %s', async (minutes, words) => {
    await show(<Said what={({ time }) => time(minutes)} />);
    expect(screen.getByText(words)).toBeDefined();
  });

  it.each([
    [12, '12ms'],
    [4_796, '4.8s'],
    [203_031, '3.4m'],
    [9_000_000, '2.5h'],
  ])('%d milliseconds are %s', async (milliseconds, words) => {
    await show(<Said what={({ took }) => took(milliseconds)} />);
    expect(screen.getByText(words)).toBeDefined();
  });

  it('adds nothing up across currencies', async () => {
    const sums = [
      { currency: 'EUR', amount: 1200.4 },
      { currency: 'USD', amount: 9 },
    ];
    await show(<Said what={({ money }) => money(sums)} />);
    expect(screen.getByText('€1,200 + US$9')).toBeDefined();
  });
});

const FAILING: Attention = {
  reason: 'workflow_failing',
  severity: 'critical',
  text: 'Import failed 4 times in a row.',
  value: 4,
  connection_id: '01a20448-c8cf-7e38-a34d-f93407ce582f',
  workflow_id: 'w1',
  workflow_name: 'Import',
};

describe('reasons', () => {
  it('are told in the language of the page, with the workflow they are about', async () => {
    await show(<Reasons reasons={[FAILING]} />, 'ru');
    expect(screen.getByText('«\u2068Import\u2069»: 4 ошибки подряд')).toBeDefined();
  });

  it('leave out the name where it stands beside them, and count those beyond the first', async () => {
    const others = ['a', 'b', 'c'].map((workflow_id) => ({ ...FAILING, workflow_id }));
    await show(<Reasons named most={2} reasons={[FAILING, ...others]} />);
    expect(screen.getAllByText('Failed 4 times in a row')).toHaveLength(2);
    expect(screen.getByText('and 2 more')).toBeDefined();
  });
});

it('a sparkline says in words what it draws', async () => {
  await show(<Sparkline executions={[10, 0, 1200]} errors={[1, 0, 2]} />);
  const name = '1,210 executions in 3 days, 3 of them failed';
  expect(screen.getByRole('img', { name })).toBeDefined();
});
