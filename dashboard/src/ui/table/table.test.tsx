import { useQuery } from '@tanstack/react-query';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { describe, expect, it } from 'vitest';

import { ProblemError } from '@/api/problem';
import { show } from '@/testing/show';

import type { Column } from './column';
import { everyRow, toCsv } from './csv';
import { DataTable } from './DataTable';
import { compact, nextSort, readListSearch, windowOf } from './listSearch';
import type { ListSearch } from './listSearch';

interface City {
  name: string;
  people: number | null;
}

const COLUMNS: readonly Column<City>[] = [
  { id: 'name', title: 'Name', sortable: true, cell: ({ name }) => name, exported: ({ name }) => name },
  { id: 'people', title: 'People', cell: ({ people }) => people, exported: ({ people }) => people },
  { id: 'more', title: 'More', cell: () => '…' },
];

describe('the address of a list', () => {
  it('keeps only what the list understands', () => {
    const raw = { page: '3', size: 50, sort: '-name', evil: 1 };
    expect(readListSearch(raw, ['name'])).toEqual({ page: 3, size: 50, sort: '-name' });
    expect(readListSearch({ page: 1, size: 25, sort: 'password' }, ['name'])).toEqual({});
    expect(readListSearch({ page: -2, size: 7 }, [])).toEqual({});
    expect(readListSearch({ page: '1e9' }, [])).toEqual({});
  });

  it('becomes skip and limit', () => {
    expect(windowOf({})).toEqual({ skip: 0, limit: 25 });
    expect(windowOf({ page: 3, size: 50 })).toEqual({ skip: 100, limit: 50 });
  });

  it('goes round: ascending, descending, the own order', () => {
    expect(nextSort(undefined, 'name')).toBe('name');
    expect(nextSort('name', 'name')).toBe('-name');
    expect(nextSort('-name', 'name')).toBeUndefined();
    expect(nextSort('-created', 'name')).toBe('name');
  });

  it('shows nothing that was not chosen', () => {
    expect(compact({ page: undefined, sort: 'name' })).toEqual({ sort: 'name' });
  });
});

describe('CSV', () => {
  it('quotes what needs it and leaves nulls empty', () => {
    const rows = [
      { name: 'Zürich, "old" town', people: 10 },
      { name: 'Two\nlines', people: null },
    ];
    expect(toCsv(COLUMNS, rows)).toBe(
      'Name,People\r\n"Zürich, ""old"" town",10\r\n"Two\nlines",\r\n',
    );
  });

  it.each(['=1+1', '+49', '-x', '@SUM(A1)', '\tx'])('keeps %j from being a formula', (name) => {
    expect(toCsv(COLUMNS, [{ name, people: -5 }])).toBe(`Name,People\r\n'${name},-5\r\n`);
  });

  it('gathers every page, also when the list shrinks meanwhile', async () => {
    const pages = [Array.from({ length: 1000 }, (_, n) => n), [1000, 1001], []];
    const asked: number[] = [];
    const rows = await everyRow((skip) => {
      asked.push(skip);
      return Promise.resolve({ items: pages[asked.length - 1] ?? [], total: 1010 });
    });
    expect(rows).toHaveLength(1002);
    expect(asked).toEqual([0, 1000, 1002]);
  });
});

function List({ load }: { load: (search: ListSearch) => Promise<{ items: City[]; total: number }> }) {
  const [search, setSearch] = useState<ListSearch>({});
  const query = useQuery({ queryKey: ['cities', search], queryFn: () => load(search), retry: false });
  return (
    <DataTable
      caption="Cities"
      columns={COLUMNS}
      query={query}
      rowKey={({ name }) => name}
      search={search}
      onSearch={setSearch}
      empty={<p>Add a city</p>}
    />
  );
}

describe('a table', () => {
  it('sorts by a click on its heading, and goes back to the first page', async () => {
    const asked: ListSearch[] = [];
    await show(
      <List
        load={(search) => {
          asked.push(search);
          return Promise.resolve({ items: [{ name: 'Rome', people: 3 }], total: 60 });
        }}
      />,
    );
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: 'Next page' }));
    expect(await screen.findByText('26–50 of 60')).toBeTruthy();
    await user.click(await screen.findByRole('button', { name: 'Name' }));
    const heading = await screen.findByRole('columnheader', { name: 'Name' });
    expect(heading.getAttribute('aria-sort')).toBe('ascending');
    expect(asked).toEqual([{}, { page: 2 }, { sort: 'name' }]);
    expect(within(heading).getByRole('button')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'People' })).toBeNull();
  });

  it('says what to do when there is nothing', async () => {
    await show(<List load={() => Promise.resolve({ items: [], total: 0 })} />);
    expect(await screen.findByText('Add a city')).toBeTruthy();
    expect(screen.queryByRole('table')).toBeNull();
  });

  it('shows what failed with the id to look for, and tries again', async () => {
    let fails = true;
    await show(
      <List
        load={() =>
          fails
            ? Promise.reject(
                new ProblemError({
                  status: 500,
                  code: 'INTERNAL_ERROR',
                  detail: 'Nothing was changed.',
                  correlationId: 'corr-42',
                }),
              )
            : Promise.resolve({ items: [{ name: 'Oslo', people: 1 }], total: 1 })
        }
      />,
      'ru',
    );
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('На нашей стороне произошёл сбой');
    expect(alert.textContent).toContain('Nothing was changed.');
    expect(alert.textContent).toContain('corr-42');
    fails = false;
    await userEvent.click(screen.getByRole('button', { name: 'Повторить' }));
    expect(await screen.findByText('Oslo')).toBeTruthy();
  });
});
