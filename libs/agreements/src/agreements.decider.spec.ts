import { describe, expect, it } from '@jest/globals';
import { given } from '#event-sourcing-testing';
import {
  type AdoptPlanCommand,
  agreementsDecider,
  type LapseAgreementCommand,
  type SignAgreementCommand,
} from './agreements.decider.js';
import {
  AGREEMENT_LAPSED,
  AGREEMENT_SIGNED,
  type AgreementLapsed,
  type AgreementSigned,
  inForceOn,
  PLAN_ADOPTED,
  type PlanAdopted,
} from './agreements.events.js';

const decider = agreementsDecider();
const SIGNED_AT = '2026-01-10T09:00:00.000Z';
const YEAR = { start: '2026-02-01', end: '2027-01-31' };
const TERMS = [
  { kind: 'discount', value: 0.05, limit: '20000' },
  { kind: 'payment', text: '60 days' },
] as const;

const signed: AgreementSigned = {
  type: AGREEMENT_SIGNED,
  data: { agreementId: 'a-1', ...YEAR, terms: TERMS },
  occurredAt: SIGNED_AT,
};
const lapsed: AgreementLapsed = {
  type: AGREEMENT_LAPSED,
  data: { agreementId: 'a-1', reason: 'sold' },
  occurredAt: '2026-06-30T10:00:00.000Z',
};
const adopted: PlanAdopted = {
  type: PLAN_ADOPTED,
  data: { planId: 'p-1', objectives: [{ text: 'Grow', measure: 'revenue', target: '400000', due: '2026-12-31' }] },
  occurredAt: SIGNED_AT,
};

function sign(changed: Partial<SignAgreementCommand['data']> = {}): SignAgreementCommand {
  return {
    type: 'sign-agreement',
    data: { agreementId: 'a-1', signedAt: SIGNED_AT, ...YEAR, terms: TERMS, ...changed },
  };
}

function lapse(at: string, changed: Partial<LapseAgreementCommand['data']> = {}): LapseAgreementCommand {
  return { type: 'lapse-agreement', data: { agreementId: 'a-1', at, ...changed } };
}

function adopt(changed: Partial<AdoptPlanCommand['data']> = {}): AdoptPlanCommand {
  return {
    type: 'adopt-plan',
    data: { planId: 'p-1', adoptedAt: SIGNED_AT, objectives: adopted.data.objectives, ...changed },
  };
}

describe('signing an agreement', () => {
  it('is recorded on the day on which it was signed, with its terms as they were sent', () => {
    given(decider).when(sign()).thenEvents(signed);
  });

  it('may be for one day, and for a term that began before', () => {
    const day = { start: '2026-01-05', end: '2026-01-05' };
    given(decider)
      .when(sign(day))
      .thenEvents({ ...signed, data: { ...signed.data, ...day } });
  });

  it('is refused when it would end before it starts', () => {
    given(decider)
      .when(sign({ end: '2026-01-31' }))
      .thenRejected('ends-before-start', { start: '2026-02-01', end: '2026-01-31' });
  });

  it('changes nothing when it is sent again, also after it lapsed', () => {
    given(decider, signed).when(sign()).thenNothing();
    given(decider, signed, lapsed).when(sign()).thenNothing();
  });

  it.each([
    ['term', { end: '2027-02-28' }],
    ['terms', { terms: [{ kind: 'discount', value: 0.06, limit: '20000' }] }],
    ['date', { signedAt: '2026-01-11T09:00:00.000Z' }],
  ] as const)('is refused when the id is taken by an agreement with another %s', (_, changed) => {
    given(decider, signed).when(sign(changed)).thenRejected('id-exists');
  });

  it('takes null for left out', () => {
    const terms = [{ kind: 'discount', value: 0.05, limit: '20000', text: null }, TERMS[1]];
    given(decider)
      .when(sign({ terms: terms as unknown as SignAgreementCommand['data']['terms'] }))
      .thenEvents(signed);
  });
});

describe('the lapse of an agreement', () => {
  it('is recorded with its reason', () => {
    given(decider, signed)
      .when(lapse(lapsed.occurredAt, { reason: 'sold' }))
      .thenEvents(lapsed);
  });

  it('needs no reason, and may fall on the moment of signing', () => {
    given(decider, signed)
      .when(lapse(SIGNED_AT))
      .thenEvents({ type: AGREEMENT_LAPSED, data: { agreementId: 'a-1' }, occurredAt: SIGNED_AT });
  });

  it('cannot lie before it was signed', () => {
    given(decider, signed)
      .when(lapse('2026-01-10T08:59:59.999Z'))
      .thenRejected('out-of-order', { at: '2026-01-10T08:59:59.999Z', signedAt: SIGNED_AT });
  });

  it('changes nothing when the agreement had lapsed by then', () => {
    given(decider, signed, lapsed).when(lapse(lapsed.occurredAt)).thenNothing();
    given(decider, signed, lapsed).when(lapse('2026-08-01T00:00:00.000Z')).thenNothing();
  });

  it('is refused when it lapsed later already', () => {
    given(decider, signed, lapsed).when(lapse('2026-06-01T00:00:00.000Z')).thenRejected('agreement-lapsed');
  });

  it('is refused for an agreement that is not there', () => {
    given(decider).when(lapse(SIGNED_AT)).thenRejected('agreement-not-found');
  });
});

describe('adopting a joint plan', () => {
  it('is recorded with its objectives', () => {
    given(decider).when(adopt()).thenEvents(adopted);
  });

  it('changes nothing when it is sent again', () => {
    given(decider, adopted).when(adopt()).thenNothing();
  });

  it('is refused when the id is taken by another plan', () => {
    given(decider, adopted)
      .when(adopt({ objectives: [{ text: 'Shrink' }] }))
      .thenRejected('id-exists');
  });
});

describe('in force', () => {
  const agreement = { ...YEAR, signedAt: SIGNED_AT };
  const endOf = (day: string) => `${day}T23:59:59.999Z`;

  it.each([
    ['before its term', '2026-01-31', false],
    ['on its first day', '2026-02-01', true],
    ['on its last day', '2027-01-31', true],
    ['after its term', '2027-02-01', false],
  ])('%s', (_, day, expected) => {
    expect(inForceOn(agreement, day, endOf(day))).toBe(expected);
  });

  it('only from when it was signed on, also when its term began before', () => {
    const late = { ...agreement, signedAt: '2026-03-10T09:00:00.000Z' };
    expect(inForceOn(late, '2026-03-09', endOf('2026-03-09'))).toBe(false);
    expect(inForceOn(late, '2026-03-10', '2026-03-10T08:59:59.999Z')).toBe(false);
    expect(inForceOn(late, '2026-03-10', '2026-03-10T09:00:00.000Z')).toBe(true);
  });

  it('no more once it lapsed, but still before', () => {
    const ended = { ...agreement, lapsedAt: lapsed.occurredAt };
    expect(inForceOn(ended, '2026-06-29', endOf('2026-06-29'))).toBe(true);
    expect(inForceOn(ended, '2026-06-30', '2026-06-30T09:59:59.999Z')).toBe(true);
    expect(inForceOn(ended, '2026-06-30', endOf('2026-06-30'))).toBe(false);
    expect(inForceOn(ended, '2026-07-01', endOf('2026-07-01'))).toBe(false);
  });
});
