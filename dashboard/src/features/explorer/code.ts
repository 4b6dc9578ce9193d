/** The question on the page as a call others can make: curl, Python, TypeScript. */
import type { Question } from './queries';

export const CODE_LANGUAGES = ['curl', 'python', 'typescript'] as const;
export type CodeLanguage = (typeof CODE_LANGUAGES)[number];

const PATH = '/api/v1/odoo/search_read';

function bodyOf({ model, domain, fields, order, offset, limit }: Question) {
  return {
    model,
    domain,
    fields,
    ...(order === undefined ? {} : { order }),
    ...(offset === 0 ? {} : { offset }),
    limit,
  };
}

export function codeOf(language: CodeLanguage, origin: string, question: Question): string {
  const body = bodyOf(question);
  switch (language) {
    case 'curl': {
      // a single quote ends the shell's string, is written by itself, and begins it again
      const json = JSON.stringify(body, null, 2).replaceAll("'", "'\\''");
      return `curl '${origin}${PATH}' \\
  -H "Authorization: Bearer $BRIDGECORE_API_KEY" \\
  -H 'Content-Type: application/json' \\
  -d '${json}'`;
    }
    case 'python':
      return `import os

import httpx

response = httpx.post(
    "${origin}${PATH}",
    headers={"Authorization": f"Bearer {os.environ['BRIDGECORE_API_KEY']}"},
    json=${python(body, 1)},
)
response.raise_for_status()
for record in response.json()["records"]:
    print(record)`;
    case 'typescript':
      return `const response = await fetch('${origin}${PATH}', {
  method: 'POST',
  headers: {
    Authorization: \`Bearer \${process.env.BRIDGECORE_API_KEY}\`,
    'Content-Type': 'application/json',
  },
  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll('\n', '\n  ')}),
});
if (!response.ok) {
  throw new Error((await response.json()).detail);
}
const { records } = await response.json();
console.log(records);`;
  }
}

/** `value` as Python writes it, a member a line down to lists of plain values. */
export function python(value: unknown, depth = 0): string {
  if (value === null || value === undefined) {
    return 'None';
  }
  if (typeof value === 'boolean') {
    return value ? 'True' : 'False';
  }
  if (typeof value !== 'object') {
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((one) => python(one, depth)).join(', ')}]`;
  }
  const indent = '    '.repeat(depth + 1);
  const members = Object.entries(value).map(
    ([name, one]) => `${indent}${JSON.stringify(name)}: ${python(one, depth + 1)},\n`,
  );
  return `{\n${members.join('')}${'    '.repeat(depth)}}`;
}
