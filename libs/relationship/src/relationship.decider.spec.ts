import { describe, it } from '@jest/globals';
import { ZonedCalendar } from '#calendar';
import type { DomainEvent } from '#event-sourcing';
import { given } from '#event-sourcing-testing';
import { type ChangeStageCommand, relationshipDecider } from './relationship.decider.js';
import { DISINTEGRATION_DECLARED, STAGE_ADVANCED, STAGE_REGRESSED, STAGES, type Stage } from './relationship.events.js';

const decider = relationshipDecider({ calendar: new ZonedCalendar('UTC') });
const AT = '2026-06-15T04:00:00.000Z';
const BEFORE = '2026-05-01T04:00:00.000Z';
const MANAGER = { role: 'manager' };
const NO_ORDERS_UNMET = [
  { guard: 'orders-in-12-months', required: 3, actual: 0 },
  { guard: 'revenue-in-12-months', required: '> 0', actual: '0' },
];

type AnyEvent = DomainEvent<string, object>;

function moved(from: Stage, to: Stage, at = BEFORE): AnyEvent {
  return { type: STAGE_ADVANCED, data: { from, to }, occurredAt: at };
}

/** An account on a stage since {@link BEFORE}; the facts say how it came there, not whether it might. */
function on(stage: Stage): AnyEvent[] {
  return stage === 'exploratory' ? [] : [moved('exploratory', stage)];
}

function order(orderId: string, at: string, baseRevenue = '100'): AnyEvent {
  return {
    type: 'order-placed.v1',
    data: { orderId, currency: 'CNY', rate: '1', lines: [], baseRevenue },
    occurredAt: at,
  };
}

const THREE_ORDERS = [order('o-1', BEFORE), order('o-2', BEFORE), order('o-3', BEFORE)];

function change(to: Stage, more: Partial<ChangeStageCommand['data']> = {}): ChangeStageCommand {
  return { type: 'change-stage', data: { to, at: AT, ...more } };
}

describe('the moves between stages', () => {
  const ADJACENT = [
    'exploratory cooperative',
    'cooperative interdependent',
    'interdependent integrated',
    'integrated interdependent',
    'interdependent cooperative',
    'cooperative exploratory',
    'disintegrating cooperative',
    ...STAGES.filter((stage) => stage !== 'disintegrating').map((stage) => `${stage} disintegrating`),
  ];
  const pairs = STAGES.flatMap((from) => STAGES.map((to) => [from, to] as const));

  it.each(pairs.filter(([from, to]) => !ADJACENT.includes(`${from} ${to}`)))(
    'there is none from %s to %s',
    (from, to) => {
      given(decider, ...on(from))
        .when(change(to, { reason: 'because', override: true }), MANAGER)
        .thenRejected('stage-not-adjacent', { from, to });
    },
  );

  it.each(['cooperative', 'interdependent', 'integrated'] as const)(
    'one goes back from %s, with a reason and no guard',
    (from) => {
      const to = STAGES[STAGES.indexOf(from) - 1] ?? from;
      given(decider, ...on(from))
        .when(change(to, { reason: 'fewer visits', evidence: 'visit log' }))
        .thenEvents({
          type: STAGE_REGRESSED,
          data: { from, to, fromSince: BEFORE, reason: 'fewer visits', evidence: 'visit log' },
          occurredAt: AT,
        });
      given(decider, ...on(from))
        .when(change(to))
        .thenRejected('reason-required');
    },
  );

  it.each(STAGES.filter((stage) => stage !== 'disintegrating'))('any may fall apart, with a reason: %s', (from) => {
    given(decider, ...on(from))
      .when(change('disintegrating', { reason: 'lost their trust' }))
      .thenEvents({
        type: DISINTEGRATION_DECLARED,
        data: {
          from,
          to: 'disintegrating',
          ...(from !== 'exploratory' && { fromSince: BEFORE }),
          reason: 'lost their trust',
        },
        occurredAt: AT,
      });
    given(decider, ...on(from))
      .when(change('disintegrating'))
      .thenRejected('reason-required');
  });

  it('from disintegrating one goes back to cooperative, by that stage’s guard and without a reason', () => {
    const fallen = on('disintegrating');
    given(decider, ...fallen)
      .when(change('cooperative'))
      .thenRejected('stage-guard', { unmet: NO_ORDERS_UNMET });
    given(decider, ...fallen, ...THREE_ORDERS)
      .when(change('cooperative'))
      .thenEvents({
        type: STAGE_ADVANCED,
        data: { from: 'disintegrating', to: 'cooperative', fromSince: BEFORE },
        occurredAt: AT,
      });
  });

  it('the first one does not say since when: an account is exploratory from its earliest fact on', () => {
    given(decider, ...THREE_ORDERS)
      .when(change('cooperative', { evidence: 'three orders', reason: 'growing' }))
      .thenEvents({
        type: STAGE_ADVANCED,
        data: { from: 'exploratory', to: 'cooperative', evidence: 'three orders', reason: 'growing' },
        occurredAt: AT,
      });
  });

  it('null is the same as left out', () => {
    given(decider, ...THREE_ORDERS)
      .when(change('cooperative', { evidence: null, reason: null, override: null }))
      .thenEvents({ type: STAGE_ADVANCED, data: { from: 'exploratory', to: 'cooperative' }, occurredAt: AT });
    given(decider)
      .when(change('disintegrating', { reason: null }))
      .thenRejected('reason-required');
  });
});

describe('the order of transitions', () => {
  it('no move can lie before the last one', () => {
    given(decider, ...on('cooperative'))
      .when(change('exploratory', { at: '2026-05-01T03:59:59.999Z', reason: 'because' }))
      .thenRejected('out-of-order', { at: '2026-05-01T03:59:59.999Z', stageSince: BEFORE });
  });

  it('two may fall on one instant', () => {
    given(decider, ...on('cooperative'))
      .when(change('exploratory', { at: BEFORE, reason: 'a mistake' }))
      .thenEvents({
        type: STAGE_REGRESSED,
        data: { from: 'cooperative', to: 'exploratory', fromSince: BEFORE, reason: 'a mistake' },
        occurredAt: BEFORE,
      });
  });

  it('a transition sent again changes nothing, also when others followed', () => {
    given(decider, ...on('cooperative'))
      .when(change('cooperative', { at: BEFORE }))
      .thenNothing();
    given(decider, ...on('cooperative'), moved('cooperative', 'interdependent', AT))
      .when(change('cooperative', { at: BEFORE }))
      .thenNothing();
  });

  it('the same stage at another time is no move', () => {
    given(decider, ...on('cooperative'))
      .when(change('cooperative'))
      .thenRejected('stage-not-adjacent');
  });
});

describe('an override', () => {
  it.each(['manager', 'admin'])('by a %s is recorded, with the guards that were passed over', (role) => {
    given(decider)
      .when(change('cooperative', { override: true, reason: 'a framework order is coming' }), { role })
      .thenEvents({
        type: STAGE_ADVANCED,
        data: {
          from: 'exploratory',
          to: 'cooperative',
          reason: 'a framework order is coming',
          override: true,
          unmet: NO_ORDERS_UNMET,
        },
        occurredAt: AT,
      });
  });

  it.each(['sales', 'analyst', 'auditor'])('is not for the role %s, whether guards are met or not', (role) => {
    const command = change('cooperative', { override: true, reason: 'I want it' });
    given(decider).when(command, { role }).thenRejected('override-not-allowed');
    given(decider, ...THREE_ORDERS)
      .when(command, { role })
      .thenRejected('override-not-allowed');
  });

  it('needs a reason', () => {
    given(decider)
      .when(change('cooperative', { override: true }), MANAGER)
      .thenRejected('reason-required');
  });

  it('is not recorded where every guard was met', () => {
    given(decider, ...THREE_ORDERS)
      .when(change('cooperative', { override: true, reason: 'to be sure' }), MANAGER)
      .thenEvents({
        type: STAGE_ADVANCED,
        data: { from: 'exploratory', to: 'cooperative', reason: 'to be sure' },
        occurredAt: AT,
      });
  });

  it('is not what `override: false` asks for', () => {
    given(decider)
      .when(change('cooperative', { override: false }), MANAGER)
      .thenRejected('stage-guard');
  });
});
