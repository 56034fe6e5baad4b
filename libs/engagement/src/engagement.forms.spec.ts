import { describe, expect, it } from '@jest/globals';
import { compileCheck } from '#platform';
import { dueVisits } from './due-visits.query.js';
import { cadence, visits } from './engagement.queries.js';
import { logVisit } from './log-visit.js';
import { setCadence } from './set-cadence.js';

describe('the form of a visit', () => {
  const isVisit = compileCheck(logVisit.body);
  const least = { channel: 'phone', visitedAt: '2026-04-12T10:00:00+08:00' };

  it('is kept by the example and by the least that must be said', () => {
    expect(isVisit(logVisit.example)).toBe(true);
    expect(isVisit(least)).toBe(true);
  });

  it.each<[string, object]>([
    ['a channel that is none', { channel: 'fax' }],
    ['a time without zone', { visitedAt: '2026-04-12T10:00:00' }],
    ['an id of 65 characters', { visitId: 'v'.repeat(65) }],
    ['a participant twice', { participants: ['wang', 'wang'] }],
    ['101 participants', { participants: Array.from({ length: 101 }, (_, index) => `c${index}`) }],
    ['a participant by name', { participants: ['Wang Fang'] }],
    ['a next step without text', { nextStep: { due: '2026-04-30' } }],
    ['a next step due at no date', { nextStep: { text: 'Call', due: '2026-02-30' } }],
    ['an unknown field', { mood: 'good' }],
  ])('refuses %s', (_, wrong) => {
    expect(isVisit({ ...least, ...wrong })).toBe(false);
  });
});

describe('the form of a cadence', () => {
  const isCadence = compileCheck(setCadence.body);

  it('is kept by the example and by the least that must be said', () => {
    expect(isCadence(setCadence.example)).toBe(true);
    expect(isCadence({ every: 'P14D' })).toBe(true);
  });

  it.each<[string, object]>([
    ['no interval', { graceDays: 1 }],
    ['an empty interval', { every: 'P0D' }],
    ['an interval of hours', { every: 'PT12H' }],
    ['negative grace', { every: 'P1M', graceDays: -1 }],
    ['more than a year of grace', { every: 'P1M', graceDays: 366 }],
    ['half a day of grace', { every: 'P1M', graceDays: 0.5 }],
    ['a start that is no date', { every: 'P1M', start: '2026-01-01T00:00:00Z' }],
  ])('refuses %s', (_, wrong) => {
    expect(isCadence(wrong)).toBe(false);
  });
});

it('the parameters of the questions can be checked', () => {
  expect(compileCheck(dueVisits.parameters)({ asOf: '2026-04-12', owner: 'li', overdue: true, limit: 10 })).toBe(true);
  expect(compileCheck(dueVisits.parameters)({ asOf: 'today' })).toBe(false);
  expect(compileCheck(visits.parameters)({ accountId: 'acme' })).toBe(true);
  expect(compileCheck(cadence.parameters)({ accountId: 'acme', asOf: '2026-04-12' })).toBe(true);
});
