import { describe, test } from '@jest/globals';
import { given } from '#event-sourcing-testing';
import { type AppraiseAccountCommand, classificationDecider } from './classification.decider.js';
import type { AccountAppraised, AccountAppraisedData } from './classification.events.js';

const AT = '2026-03-31T02:00:00.000Z';
const decider = classificationDecider();

function appraised(data: AccountAppraisedData, occurredAt = AT): AccountAppraised {
  return { type: 'account-appraised.v1', data, occurredAt };
}

function appraise(data: AccountAppraisedData, at = AT): AppraiseAccountCommand {
  return { type: 'appraise-account', data: { ...data, at, accountId: 'acme' } };
}

describe('appraising an account', () => {
  const potential = { criterion: 'potential', points: 8, evidence: 'Two new plants.' };

  test('is recorded as of its own date', () => {
    given(decider).when(appraise(potential)).thenEvents(appraised(potential));
    given(decider)
      .when(appraise({ criterion: 'brand', points: 1.5 }))
      .thenEvents(appraised({ criterion: 'brand', points: 1.5 }));
  });

  test('the same judgement again changes nothing', () => {
    given(decider, appraised(potential)).when(appraise(potential)).thenNothing();
  });

  test('another judgement of the same instant takes its place, and may be taken back', () => {
    const lower = { ...potential, points: 5 };
    given(decider, appraised(potential)).when(appraise(lower)).thenEvents(appraised(lower));
    given(decider, appraised(potential), appraised(lower)).when(appraise(potential)).thenEvents(appraised(potential));
  });

  test('the same points on another day or by another criterion are news', () => {
    const later = '2026-04-30T02:00:00.000Z';
    given(decider, appraised(potential)).when(appraise(potential, later)).thenEvents(appraised(potential, later));
    const fit = { ...potential, criterion: 'strategic-fit' };
    given(decider, appraised(potential)).when(appraise(fit)).thenEvents(appraised(fit));
  });
});
