import { describe, expect, it } from '@jest/globals';
import { given } from '#event-sourcing-testing';
import { type SatisfactionCommand, satisfactionDecider } from './satisfaction.decider.js';
import type { SurveyMetric, SurveyScored, SurveyScoredData } from './satisfaction.events.js';

const decider = satisfactionDecider();
const SCORED_AT = '2026-04-13T07:20:00.000Z';

function surveyScored(data: Partial<SurveyScoredData> = {}): SurveyScored {
  return {
    type: 'survey-scored.v1',
    data: { surveyId: 's1', metric: 'csat', score: 4, ...data },
    occurredAt: SCORED_AT,
  };
}

function scoreSurvey(data: Partial<SatisfactionCommand['data']> = {}): SatisfactionCommand {
  return { type: 'score-survey', data: { surveyId: 's1', metric: 'csat', score: 4, scoredAt: SCORED_AT, ...data } };
}

describe('a score', () => {
  it('is recorded on its own date', () => {
    given(decider).when(scoreSurvey()).thenEvents(surveyScored());
  });

  it('keeps who gave it, of what, and why, where that is known', () => {
    const said = { respondent: 'wang', touchpoint: 'delivery', comment: 'On time.' };
    given(decider).when(scoreSurvey(said)).thenEvents(surveyScored(said));
    given(decider)
      .when(scoreSurvey({ respondent: null, touchpoint: null, comment: null }))
      .thenEvents(surveyScored());
  });

  it.each<[SurveyMetric, number]>([
    ['csat', 1],
    ['csat', 5],
    ['nps', 0],
    ['nps', 10],
    ['ces', 1],
    ['ces', 7],
  ])('of %s may be %s', (metric, score) => {
    given(decider).when(scoreSurvey({ metric, score })).thenEvents(surveyScored({ metric, score }));
  });

  it.each<[SurveyMetric, number, number, number]>([
    ['csat', 0, 1, 5],
    ['csat', 6, 1, 5],
    ['csat', 4.5, 1, 5],
    ['nps', -1, 0, 10],
    ['nps', 11, 0, 10],
    ['ces', 0, 1, 7],
    ['ces', 8, 1, 7],
    ['ces', 1e308, 1, 7],
  ])('of %s is refused outside its scale: %s', (metric, score, min, max) => {
    const outcome = given(decider).when(scoreSurvey({ metric, score }));
    outcome.thenRejected('score-out-of-scale', { metric, min, max });
    expect(outcome.decision).toMatchObject({ kind: 'rule' });
  });

  it('with the same id and content is there already', () => {
    given(decider, surveyScored({ comment: 'Good.' }))
      .when(scoreSurvey({ comment: 'Good.' }))
      .thenNothing();
  });

  it.each<[string, Partial<SatisfactionCommand['data']>]>([
    ['score', { score: 5 }],
    ['metric', { metric: 'nps' }],
    ['time', { scoredAt: '2026-04-13T07:20:00.001Z' }],
    ['respondent', { respondent: 'li' }],
  ])('with the same id and another %s is refused', (_, changed) => {
    given(decider, surveyScored()).when(scoreSurvey(changed)).thenRejected('id-exists');
  });
});

it('leaves its state alone for the events of others', () => {
  const state = decider.initial();
  expect(decider.evolve(state, { type: 'order-placed.v1', data: {}, occurredAt: SCORED_AT })).toBe(state);
});
