import { describe, expect, it } from '@jest/globals';
import { ZonedCalendar } from '#calendar';
import type { DomainEvent, JsonObject } from '#event-sourcing';
import { given } from '#event-sourcing-testing';
import { relationshipDecider } from './relationship.decider.js';
import { STAGE_ADVANCED, STAGE_REGRESSED, type Stage } from './relationship.events.js';

type AnyEvent = DomainEvent<string, object>;

/** Shanghai is eight hours ahead: 16:00 UTC is midnight there. */
const decider = relationshipDecider({ calendar: new ZonedCalendar('Asia/Shanghai') });
/** Noon of 15 June 2026 in Shanghai. */
const NOON = '2026-06-15T04:00:00.000Z';

function fact(type: string, occurredAt: string, data: JsonObject): AnyEvent {
  return { type, data, occurredAt };
}

const order = (orderId: string, at: string, baseRevenue = '100') =>
  fact('order-placed.v1', at, { orderId, currency: 'CNY', rate: '1', lines: [], baseRevenue });
const cancellation = (orderId: string, placedAt: string, at: string, baseRevenue = '-100') =>
  fact('order-cancelled.v1', at, { orderId, placedAt, reason: 'none', baseRevenue });
const credit = (creditNoteId: string, at: string, baseRevenue: string) =>
  fact('credit-note-issued.v1', at, { creditNoteId, currency: 'CNY', rate: '1', lines: [], baseRevenue });
const returned = (orderId: string, at: string, baseRevenue: string) =>
  fact('order-returned.v1', at, { orderId, returnId: 'r', lines: [], baseRevenue });
const agreement = (agreementId: string, at: string, start: string, end: string, kind = 'payment') =>
  fact('agreement-signed.v1', at, { agreementId, start, end, terms: [{ kind }] });
const lapse = (agreementId: string, at: string) => fact('agreement-lapsed.v1', at, { agreementId });
const plan = (at: string) => fact('plan-adopted.v1', at, { planId: 'p', objectives: [{ text: 'grow' }] });
const contact = (contactId: string, role: string, at: string) =>
  fact('contact-added.v1', at, { contactId, role, name: 'sealed' });
const roleChange = (contactId: string, role: string, at: string) => fact('contact-changed.v1', at, { contactId, role });
const departure = (contactId: string, at: string) => fact('contact-departed.v1', at, { contactId });
const appraisal = (points: number, at: string, criterion = 'potential') =>
  fact('account-appraised.v1', at, { criterion, points });
const became = (from: Stage, to: Stage, at: string) =>
  fact(from === 'interdependent' && to === 'cooperative' ? STAGE_REGRESSED : STAGE_ADVANCED, at, { from, to });

/** Expects that the facts let the account pass at an instant. */
function passes(to: Stage, facts: readonly AnyEvent[], at = NOON) {
  const { decision } = given(decider, ...facts).when({ type: 'change-stage', data: { to, at } });
  expect(decision).toMatchObject([{ type: STAGE_ADVANCED, data: { to }, occurredAt: at }]);
}

/** Expects a refusal that lists exactly these guards, each with what is required and what there is. */
function lacks(
  to: Stage,
  facts: readonly AnyEvent[],
  unmet: readonly (readonly [guard: string, required: number | string, actual: number | string | null])[],
  at = NOON,
) {
  given(decider, ...facts)
    .when({ type: 'change-stage', data: { to, at } })
    .thenRejected('stage-guard', { unmet: unmet.map(([guard, required, actual]) => ({ guard, required, actual })) });
}

describe('becoming cooperative', () => {
  const RECENT = '2026-03-01T04:00:00.000Z';
  const two = [order('o-1', RECENT), order('o-2', RECENT)];
  const three = [...two, order('o-3', RECENT)];

  it('takes three orders and revenue', () => passes('cooperative', three));

  it('lists both guards when nothing was ordered', () =>
    lacks(
      'cooperative',
      [],
      [
        ['orders-in-12-months', 3, 0],
        ['revenue-in-12-months', '> 0', '0'],
      ],
    ));

  it('lists too few orders alone when there is revenue', () =>
    lacks('cooperative', two, [['orders-in-12-months', 3, 2]]));

  it('lists revenue alone when there are orders enough', () => {
    const gifts = ['o-1', 'o-2', 'o-3'].map((id) => order(id, RECENT, '0'));
    lacks('cooperative', gifts, [['revenue-in-12-months', '> 0', '0']]);
    passes('cooperative', [...gifts, order('o-4', RECENT, '0.000001')]);
  });

  it('subtracts credit notes and returns', () => {
    lacks('cooperative', [...three, credit('c', RECENT, '-300.5')], [['revenue-in-12-months', '> 0', '-0.5']]);
    lacks(
      'cooperative',
      [...three, returned('o-1', RECENT, '-100'), credit('c', RECENT, '-200')],
      [['revenue-in-12-months', '> 0', '0']],
    );
    passes('cooperative', [...three, returned('o-1', RECENT, '-100'), credit('c', RECENT, '-199.99')]);
  });

  it('does not count cancelled orders, from their cancellation on', () => {
    const cancelled = [...three, cancellation('o-3', RECENT, '2026-06-15T03:00:00.000Z')];
    lacks('cooperative', cancelled, [['orders-in-12-months', 3, 2]]);
    passes('cooperative', cancelled, '2026-06-15T02:59:59.999Z');
  });

  it('reaches back to the day after the same day a year ago, in the ledger’s zone', () => {
    const lastOut = '2025-06-15T15:59:59.999Z';
    const firstIn = '2025-06-15T16:00:00.000Z';
    passes('cooperative', [...two, order('o-3', firstIn)]);
    lacks('cooperative', [...two, order('o-3', lastOut)], [['orders-in-12-months', 3, 2]]);
    passes('cooperative', [...two, order('o-3', lastOut)], '2026-06-14T04:00:00.000Z');
    // An order from just before the window is not missed when it is cancelled.
    passes('cooperative', [...three, order('o-4', lastOut), cancellation('o-4', lastOut, RECENT)]);
  });

  it('reaches back from 29 February to 1 March of the year before', () => {
    const leapDay = '2028-02-29T04:00:00.000Z';
    const recent = [order('o-1', '2027-06-01T04:00:00.000Z'), order('o-2', '2027-06-01T04:00:00.000Z')];
    passes('cooperative', [...recent, order('o-3', '2027-03-01T04:00:00.000Z')], leapDay);
    lacks(
      'cooperative',
      [...recent, order('o-3', '2027-02-28T04:00:00.000Z')],
      [['orders-in-12-months', 3, 2]],
      leapDay,
    );
  });

  it('counts the takings of a cancellation on its own day, also of an order from before the window', () => {
    const old = '2025-01-05T04:00:00.000Z';
    lacks(
      'cooperative',
      [order('o-0', old, '500'), ...three, cancellation('o-0', old, RECENT, '-500')],
      [['revenue-in-12-months', '> 0', '-200']],
    );
  });

  it('looks at facts up to the very instant', () => {
    const after = '2026-06-15T04:00:00.001Z';
    lacks('cooperative', [...two, order('o-3', after)], [['orders-in-12-months', 3, 2]]);
    passes('cooperative', [...two, order('o-3', NOON)]);
    passes('cooperative', [...three, credit('c', after, '-900'), cancellation('o-1', RECENT, after)]);
    // Placed and cancelled later on the day: it was never there, so it must not take one away.
    passes('cooperative', [...three, order('o-4', after), cancellation('o-4', after, '2026-06-15T05:00:00.000Z')]);
  });
});

describe('becoming interdependent', () => {
  const RECENT = '2026-03-01T04:00:00.000Z';
  const start = became('exploratory', 'cooperative', '2025-01-01T04:00:00.000Z');
  const inForce = agreement('a-1', RECENT, '2026-03-01', '2026-12-31');
  const contacts = [contact('c-1', 'decision-maker', RECENT), contact('c-2', 'purchaser', RECENT)];
  const high = appraisal(6, RECENT);
  const NO_AGREEMENT = ['agreement-in-force', 1, 0] as const;

  it('takes an agreement in force, two roles and potential', () =>
    passes('interdependent', [start, inForce, ...contacts, high]));

  it('lists all three when nothing is known', () =>
    lacks('interdependent', [start], [NO_AGREEMENT, ['buying-centre-roles', 2, 0], ['potential-appraisal', 6, null]]));

  it('lists each one alone', () => {
    lacks('interdependent', [start, ...contacts, high], [NO_AGREEMENT]);
    lacks('interdependent', [start, inForce, high], [['buying-centre-roles', 2, 0]]);
    lacks('interdependent', [start, inForce, ...contacts], [['potential-appraisal', 6, null]]);
  });

  it('lists two of three', () =>
    lacks(
      'interdependent',
      [start, inForce, contact('c-1', 'user', RECENT), appraisal(5, RECENT)],
      [
        ['buying-centre-roles', 2, 1],
        ['potential-appraisal', 6, 5],
      ],
    ));

  it.each([
    ['2026-06-14', '2026-06-15', true],
    ['2026-06-15', '2026-06-15', true],
    ['2026-06-16', '2026-12-31', false],
    ['2026-01-01', '2026-06-14', false],
  ])('an agreement from %s to %s counts on 15 June: %s', (first, last, counts) => {
    const facts = [start, agreement('a-1', RECENT, first, last), ...contacts, high];
    if (counts) passes('interdependent', facts);
    else lacks('interdependent', facts, [NO_AGREEMENT]);
  });

  it('does not count an agreement before it was signed or once it lapsed', () => {
    const rest = [start, ...contacts, high];
    lacks(
      'interdependent',
      [...rest, agreement('a', '2026-06-15T04:00:00.001Z', '2026-01-01', '2026-12-31')],
      [NO_AGREEMENT],
    );
    lacks('interdependent', [...rest, inForce, lapse('a-1', NOON)], [NO_AGREEMENT]);
    passes('interdependent', [...rest, inForce, lapse('a-1', '2026-06-15T04:00:00.001Z')]);
    passes('interdependent', [
      ...rest,
      inForce,
      lapse('a-1', NOON),
      agreement('a-2', NOON, '2026-06-15', '2026-06-15'),
    ]);
  });

  it('counts roles, not contacts', () => {
    const same = [contact('c-1', 'user', RECENT), contact('c-2', 'user', RECENT)];
    lacks('interdependent', [start, inForce, high, ...same], [['buying-centre-roles', 2, 1]]);
    passes('interdependent', [start, inForce, high, ...same, roleChange('c-2', 'sponsor', RECENT)]);
  });

  it('leaves out contacts who departed, in roles as they were at the time', () => {
    const facts = [start, inForce, high, ...contacts];
    lacks('interdependent', [...facts, departure('c-1', NOON)], [['buying-centre-roles', 2, 1]]);
    passes('interdependent', [...facts, departure('c-1', '2026-06-15T04:00:00.001Z')]);
    const later = roleChange('c-2', 'decision-maker', '2026-06-20T04:00:00.000Z');
    passes('interdependent', [...facts, later]);
    lacks('interdependent', [...facts, later], [['buying-centre-roles', 2, 1]], '2026-06-20T04:00:00.000Z');
  });

  it('asks the newest appraisal of the potential by then, whenever it was recorded', () => {
    const rest = [start, inForce, ...contacts];
    const low = appraisal(5, '2026-05-01T04:00:00.000Z');
    lacks('interdependent', [...rest, high, low], [['potential-appraisal', 6, 5]]);
    lacks('interdependent', [...rest, low, high], [['potential-appraisal', 6, 5]]);
    passes('interdependent', [...rest, low, high], '2026-04-30T04:00:00.000Z');
    lacks('interdependent', [...rest, appraisal(9, RECENT, 'strategic-fit')], [['potential-appraisal', 6, null]]);
    passes('interdependent', [...rest, appraisal(2, RECENT), appraisal(6, RECENT)]);
  });

  it('takes facts that were recorded late', () => {
    const late = [inForce, ...contacts, high];
    passes('interdependent', [start, order('o', '2026-06-14T04:00:00.000Z'), ...late]);
  });
});

describe('becoming integrated', () => {
  const RECENT = '2026-03-01T04:00:00.000Z';
  const yearAgo = [
    became('exploratory', 'cooperative', '2025-06-15T10:00:00.000Z'),
    became('cooperative', 'interdependent', '2025-12-01T04:00:00.000Z'),
  ];
  const special = agreement('a-1', RECENT, '2026-03-01', '2026-12-31', 'discount');
  const joint = plan(RECENT);

  it('takes a joint plan, a special term in force and a year since it became cooperative', () =>
    passes('integrated', [...yearAgo, special, joint]));

  it('lists all three', () =>
    lacks(
      'integrated',
      [
        became('exploratory', 'cooperative', '2026-01-15T04:00:00.000Z'),
        became('cooperative', 'interdependent', '2026-02-01T04:00:00.000Z'),
      ],
      [
        ['joint-plan', 1, 0],
        ['special-term-in-force', 1, 0],
        ['months-since-cooperative', 12, 5],
      ],
    ));

  it('lists each one alone', () => {
    lacks('integrated', [...yearAgo, special], [['joint-plan', 1, 0]]);
    lacks('integrated', [...yearAgo, joint], [['special-term-in-force', 1, 0]]);
    lacks(
      'integrated',
      [...yearAgo, special, joint],
      [['months-since-cooperative', 12, 11]],
      '2026-06-14T15:59:59.999Z',
    );
  });

  it('counts months by the ledger’s days: the year is over as its last day begins', () => {
    passes('integrated', [...yearAgo, special, joint], '2026-06-14T16:00:00.000Z');
    const leapDay = [
      became('exploratory', 'cooperative', '2024-02-29T04:00:00.000Z'),
      became('cooperative', 'interdependent', '2024-03-01T04:00:00.000Z'),
    ];
    const old = [
      agreement('a', '2024-03-01T04:00:00.000Z', '2024-03-01', '2026-12-31', 'rate'),
      plan('2024-03-01T04:00:00.000Z'),
    ];
    lacks('integrated', [...leapDay, ...old], [['months-since-cooperative', 12, 11]], '2025-02-27T04:00:00.000Z');
    passes('integrated', [...leapDay, ...old], '2025-02-28T04:00:00.000Z');
  });

  it('takes only special terms, only of agreements in force', () => {
    const plain = agreement('a-1', RECENT, '2026-03-01', '2026-12-31', 'payment');
    lacks('integrated', [...yearAgo, plain, joint], [['special-term-in-force', 1, 0]]);
    lacks('integrated', [...yearAgo, special, lapse('a-1', NOON), joint], [['special-term-in-force', 1, 0]]);
    for (const kind of ['price', 'rate', 'priority-restock', 'samples', 'custom-solution']) {
      passes('integrated', [...yearAgo, agreement('a-2', RECENT, '2026-03-01', '2026-12-31', kind), joint]);
    }
  });

  it('does not know of a plan that was adopted later', () =>
    lacks('integrated', [...yearAgo, special, plan('2026-06-15T04:00:00.001Z')], [['joint-plan', 1, 0]]));

  it('keeps counting over a step back from interdependent to cooperative', () =>
    passes('integrated', [
      ...yearAgo,
      became('interdependent', 'cooperative', '2026-04-01T04:00:00.000Z'),
      became('cooperative', 'interdependent', '2026-05-01T04:00:00.000Z'),
      special,
      joint,
    ]));

  it('begins anew after disintegrating', () =>
    lacks(
      'integrated',
      [
        ...yearAgo,
        became('interdependent', 'disintegrating', '2026-01-10T04:00:00.000Z'),
        became('disintegrating', 'cooperative', '2026-02-20T04:00:00.000Z'),
        became('cooperative', 'interdependent', '2026-05-01T04:00:00.000Z'),
        special,
        joint,
      ],
      [['months-since-cooperative', 12, 3]],
    ));

  it('begins anew after exploratory', () =>
    lacks(
      'integrated',
      [
        ...yearAgo,
        became('cooperative', 'exploratory', '2026-01-10T04:00:00.000Z'),
        became('exploratory', 'cooperative', '2026-02-10T04:00:00.000Z'),
        became('cooperative', 'interdependent', '2026-05-01T04:00:00.000Z'),
        special,
        joint,
      ],
      [['months-since-cooperative', 12, 4]],
    ));
});
