import { describe, expect, it } from 'vitest';

import { parametersOf, parametersToSend } from './parameters';

const SCHEMA = {
  properties: {
    share: { type: 'number', default: 0.9 },
    runs: { type: 'integer', default: 10 },
    minutes_by_workflow: { type: 'object' },
  },
};

describe('parameters of a rule', () => {
  it('are shown with their defaults, shares as percent', () => {
    expect(parametersOf(SCHEMA, {})).toEqual([
      { name: 'share', initial: 90, whole: true },
      { name: 'runs', initial: 10, whole: true },
    ]);
  });

  it('are sent whole, with those the form does not show', () => {
    const given = { share: 0.8, runs: 3, minutes_by_workflow: { abc: 5 } };
    const shown = parametersOf(SCHEMA, given);
    expect(shown[0]?.initial).toBe(80);
    expect(parametersToSend(shown, given, { share: 95, runs: null })).toEqual({
      share: 0.95,
      runs: 3,
      minutes_by_workflow: { abc: 5 },
    });
  });
});
