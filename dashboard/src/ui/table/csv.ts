/** Rows as CSV (RFC 4180) that a spreadsheet opens as text and numbers, never as formulas. */
import type { Column } from './column';

export function toCsv<Row>(columns: readonly Column<Row>[], rows: Iterable<Row>): string {
  const exported = columns.filter((column) => column.exported !== undefined);
  const lines = [exported.map(({ title }) => field(title))];
  for (const row of rows) {
    lines.push(exported.map(({ exported: value }) => field(value?.(row) ?? null)));
  }
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

function field(value: string | number | null): string {
  if (value === null) {
    return '';
  }
  if (typeof value === 'number') {
    return String(value);
  }
  // a leading apostrophe keeps spreadsheets from running what a stranger typed
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Hand `text` to the browser as a file to keep. The mark tells spreadsheets it is UTF-8. */
export function saveCsv(name: string, text: string): void {
  saveFile(`${name}.csv`, new Blob(['\uFEFF', text], { type: 'text/csv' }));
}

/** Hand `content` to the browser as a file with that name. */
export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 10_000);
}

interface Page<Row> {
  items: readonly Row[];
  total: number;
}

/** Every row of a list, page by page. */
export async function everyRow<Row>(
  load: (skip: number, limit: number) => Promise<Page<Row>>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const { items, total } = await load(rows.length, 1000);
    rows.push(...items);
    if (items.length === 0 || rows.length >= total) {
      return rows;
    }
  }
}
