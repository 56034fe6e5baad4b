import { expect, it } from '@jest/globals';
import { LogBudget } from './log-budget.js';

it('lets so many lines a second through and tells how many it kept back', () => {
  let now = 0;
  const budget = new LogBudget(2, () => now);
  expect([budget.take(), budget.take(), budget.take(), budget.take()]).toEqual([0, 0, undefined, undefined]);
  now = 1_000;
  expect([budget.take(), budget.take(), budget.take()]).toEqual([2, 0, undefined]);
});
