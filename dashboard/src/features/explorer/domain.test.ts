// @vitest-environment node
import { describe, expect, it } from 'vitest';

import { EVERYTHING, parseDomain, readDomain, rulesIn, toDomain } from './domain';
import type { Group, Node } from './domain';

const rule = (field: string, value: string | number | boolean = 1): Node => ({
  kind: 'rule',
  field,
  operator: '=',
  value,
});
const group = (join: 'and' | 'or', items: Node[], not = false): Group => ({
  kind: 'group',
  join,
  not,
  items,
});

describe('writing a tree', () => {
  it('puts rules that all hold side by side', () => {
    expect(toDomain(group('and', [rule('a'), rule('b')]))).toEqual([
      ['a', '=', 1],
      ['b', '=', 1],
    ]);
  });

  it('joins three with two signs before them', () => {
    expect(toDomain(group('or', [rule('a'), rule('b'), rule('c')]))).toEqual([
      '|',
      '|',
      ['a', '=', 1],
      ['b', '=', 1],
      ['c', '=', 1],
    ]);
  });

  it('turns around a whole group', () => {
    expect(toDomain(group('and', [rule('a'), group('or', [rule('b'), rule('c')], true)]))).toEqual([
      ['a', '=', 1],
      '!',
      '|',
      ['b', '=', 1],
      ['c', '=', 1],
    ]);
  });

  it('leaves out groups of nothing', () => {
    expect(toDomain(group('or', [rule('a'), group('and', []), rule('b')]))).toEqual([
      '|',
      ['a', '=', 1],
      ['b', '=', 1],
    ]);
    expect(toDomain(group('or', [group('and', [])], true))).toEqual([]);
  });
});

describe('reading a domain', () => {
  it.each([
    [[]],
    [[['a', '=', 1]]],
    [['|', ['a', '=', 1], ['b', '=', 2]]],
    [['|', ['a', '=', 1], '&', ['b', '=', 2], ['c', 'in', [1, 2]]]],
    [[['a', '=', 1], '!', '|', ['b', '=', 2], ['c', '=', false]]],
    [['!', ['a', '=', 1]]],
    [['|', '!', ['a', '=', 1], '!', '&', ['b', '=', 2], ['c', '=', 3]]],
    [['!', '!', ['a', '=', 1]]],
  ])('writes %j back as it was', (domain) => {
    const tree = readDomain(domain);
    expect(tree).not.toBeNull();
    expect(toDomain(tree ?? EVERYTHING)).toEqual(domain);
  });

  it('makes one group of what is joined alike, however it is bracketed', () => {
    const [a, b, c] = [['a', '=', 1], ['b', '=', 1], ['c', '=', 1]];
    expect(readDomain(['|', a, '|', b, c])).toEqual(readDomain(['|', '|', a, b, c]));
  });

  it.each([
    [null],
    [{}],
    [['|', ['a', '=', 1]]],
    [['&']],
    [['!']],
    [[['a', '=']]],
    [[[1, '=', 2]]],
    [['name']],
    [[['a', '=', {}]]],
  ])('refuses %j', (domain) => {
    expect(readDomain(domain)).toBeNull();
  });

  it('reads text and refuses what is no JSON', () => {
    expect(rulesIn(parseDomain('["|", ["a", "=", 1], ["b", "=", 2]]') ?? EVERYTHING)).toBe(2);
    expect(parseDomain("[('a', '=', 1)]")).toBeNull();
  });
});

it('stands for the same records before and after, for random trees', () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const tree = (depth: number): Node =>
    depth === 0 || random(3) === 0
      ? rule('abc'[random(3)] ?? 'a', random(2) === 1)
      : group(
          random(2) === 0 ? 'and' : 'or',
          Array.from({ length: 1 + random(3) }, () => tree(depth - 1)),
          random(3) === 0,
        );
  for (let round = 0; round < 300; round += 1) {
    const before = group('and', [tree(3), tree(3)]);
    const after = readDomain(toDomain(before));
    for (let values = 0; values < 8; values += 1) {
      const record = { a: (values & 1) > 0, b: (values & 2) > 0, c: (values & 4) > 0 };
      expect(after === null ? null : holds(after, record)).toBe(holds(before, record));
    }
  }
});

function holds(node: Node, record: Record<string, boolean>): boolean {
  if (node.kind === 'rule') {
    return record[node.field] === node.value;
  }
  const each = (item: Node) => holds(item, record);
  return (node.join === 'and' ? node.items.every(each) : node.items.some(each)) !== node.not;
}
