import { describe, expect, it } from '@jest/globals';
import { compileCheck } from '#platform';
import { surveys } from './satisfaction.queries.js';
import { satisfactionTrends } from './satisfaction-trends.query.js';
import { scoreSurvey } from './score-survey.js';

describe('the form of a survey', () => {
  const isSurvey = compileCheck(scoreSurvey.body);
  const least = { metric: 'nps', score: 9, scoredAt: '2026-04-13T15:20:00+08:00' };

  it('is kept by the example and by the least that must be said', () => {
    expect(isSurvey(scoreSurvey.example)).toBe(true);
    expect(isSurvey(least)).toBe(true);
  });

  it('leaves the scale to the rule that refuses what lies outside', () => {
    expect(isSurvey({ ...least, score: 11 })).toBe(true);
    expect(isSurvey({ ...least, score: 8.5 })).toBe(true);
  });

  it.each<[string, object]>([
    ['a metric that is none', { metric: 'gut-feeling' }],
    ['a score as text', { score: '9' }],
    ['no score', { score: null }],
    ['a time without zone', { scoredAt: '2026-04-13' }],
    ['a respondent by name', { respondent: 'Wang Fang' }],
    ['an unknown field', { mood: 'good' }],
  ])('refuses %s', (_, wrong) => {
    expect(isSurvey({ ...least, ...wrong })).toBe(false);
  });
});

it('the parameters of the questions can be checked', () => {
  const isTrend = compileCheck(satisfactionTrends.parameters);
  expect(isTrend({ metric: 'csat', interval: 'month', since: '2026-01-01', tier: 'key', region: '华东' })).toBe(true);
  expect(isTrend({ interval: 'month' })).toBe(false);
  expect(isTrend({ metric: 'csat', interval: 'week' })).toBe(false);
  expect(compileCheck(surveys.parameters)({ accountId: 'acme', limit: 10 })).toBe(true);
});
