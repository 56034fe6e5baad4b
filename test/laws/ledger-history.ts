import fc from 'fast-check';
import type { DomainEvent } from '#event-sourcing';
import type { StreamFact } from '#event-sourcing-testing';

/**
 * Random facts of every type that a ledger knows: of the right form, from few ids and dates, so that they meet. What a
 * decider would refuse may occur; then the projection that cannot take it stops that stream, in every law alike.
 */

/** Around the ends of a day, a month, a year and of summer time in Berlin. */
const INSTANTS = [
  '2010-12-31T22:59:59.999Z',
  '2010-12-31T23:00:00.000Z',
  '2011-01-01T12:00:00.000Z',
  '2011-01-31T23:30:00.000Z',
  '2011-03-27T00:30:00.000Z',
  '2011-03-27T01:30:00.000Z',
  '2011-12-09T12:50:00.000Z',
] as const;
const DATES = ['2010-12-31', '2011-01-01', '2011-03-27', '2011-12-09'] as const;
const ACCOUNTS = ['8', '59', 'acme'] as const;
const POLICIES = ['growth', 'loyalty'] as const;
const STAGES = ['exploratory', 'cooperative', 'interdependent', 'integrated', 'disintegrating'] as const;

type Shape = Readonly<Record<string, fc.Arbitrary<unknown>>>;

const instant = fc.constantFrom(...INSTANTS);
const date = fc.constantFrom(...DATES);
const word = fc.constantFrom('Łódź', 'plain', 'a "b"', '');
const id = (prefix: string) => fc.constantFrom(`${prefix}-1`, `${prefix}-2`);
const amount = fc.constantFrom('0', '12.5', '-3.25', '1000000', '0.000001', '-0.5');
const quantity = fc.constantFrom('1', '2.5', '12');
const maybe = <T>(value: fc.Arbitrary<T>) => ({ value, optional: true });
const lineNo = fc.integer({ min: 1, max: 2 });
const version = fc.integer({ min: 1, max: 2 });

/** Members made by {@link maybe} may be left out. */
function data(
  members: Readonly<Record<string, fc.Arbitrary<unknown> | ReturnType<typeof maybe>>>,
): fc.Arbitrary<object> {
  const shape: Record<string, fc.Arbitrary<unknown>> = {};
  const requiredKeys: string[] = [];
  for (const [name, member] of Object.entries(members)) {
    const required = !('optional' in member);
    shape[name] = required ? member : member.value;
    if (required) requiredKeys.push(name);
  }
  return fc.record(shape as Shape, { requiredKeys });
}

const lines = (members: Parameters<typeof data>[0]) => fc.array(data(members), { minLength: 1, maxLength: 2 });
const orderLines = lines({
  lineNo,
  sku: word,
  quantity,
  unitPrice: fc.constantFrom('10.5', '0.01'),
  discountAmount: maybe(fc.constant('1')),
  unitCost: maybe(fc.constant('4.25')),
});
const money = { baseRevenue: amount, baseCost: maybe(amount) };
const transition = { from: fc.constantFrom(...STAGES), fromSince: maybe(instant), evidence: maybe(word) };
const team = { member: id('member'), role: fc.constantFrom('key-account-manager', 'sales') };
const contact = {
  contactId: id('contact'),
  email: maybe(word),
  attitude: maybe(fc.integer({ min: -2, max: 2 })),
  reportsTo: maybe(id('contact')),
};
const policy = fc.constant({
  name: 'A policy',
  windowMonths: 12,
  gates: [],
  criteria: [{ key: 'revenue', metric: 'revenue', weight: 1, missing: 'lowest', scale: { type: 'quantile', bins: 5 } }],
  minCoverage: 0.5,
  selection: null,
  tiers: [],
});

/** What is in the facts of each type. */
export const LEDGER_FACTS: Readonly<Record<string, fc.Arbitrary<object>>> = {
  'ledger-opened.v1': fc.constant({ timeZone: 'Europe/Berlin', baseCurrency: 'EUR' }),
  'account-registered.v1': data({
    accountId: id('account'),
    name: word,
    provisional: fc.boolean(),
    region: maybe(word),
  }),
  'account-profile-corrected.v1': data({
    field: fc.constantFrom('name', 'industry', 'region'),
    from: fc.constant(null),
    to: word,
    reason: word,
  }),
  'account-group-joined.v1': data({ groupId: id('group') }),
  'account-group-left.v1': data({ groupId: id('group') }),
  'account-lost.v1': data({ reason: word, competitor: maybe(word) }),
  'account-recovered.v1': data({ reason: word }),
  'contact-added.v1': data({ ...contact, role: fc.constantFrom('user', 'sponsor'), name: word, phone: maybe(word) }),
  'contact-changed.v1': data({ ...contact, name: maybe(word), phone: maybe(fc.constant(null)) }),
  'contact-departed.v1': data({ contactId: id('contact') }),
  'member-assigned.v1': data(team),
  'member-released.v1': data({ ...team, handOver: maybe(word) }),
  'order-placed.v1': data({
    orderId: id('order'),
    currency: fc.constantFrom('EUR', 'GBP'),
    rate: fc.constant('1.2'),
    channel: maybe(word),
    lines: orderLines,
    ...money,
  }),
  'order-delivered.v1': data({
    orderId: id('order'),
    promisedAt: maybe(instant),
    accurate: maybe(fc.boolean()),
    onTime: maybe(fc.boolean()),
  }),
  'order-returned.v1': data({
    orderId: id('order'),
    returnId: id('return'),
    lines: lines({ lineNo, quantity }),
    ...money,
  }),
  'order-cancelled.v1': data({ orderId: id('order'), reason: word, placedAt: instant, ...money }),
  'credit-note-issued.v1': data({
    creditNoteId: id('credit'),
    currency: fc.constant('EUR'),
    rate: fc.constant('1'),
    lines: lines({ lineNo, sku: word, quantity, unitPrice: fc.constant('2') }),
    orderId: maybe(id('order')),
    ...money,
  }),
  'exchange-rate-set.v1': data({ currency: fc.constantFrom('USD', 'GBP'), date, rate: fc.constantFrom('1.1', '1.2') }),
  'cadence-set.v1': data({ every: fc.constantFrom('P1M', 'P14D'), graceDays: fc.nat(3), start: maybe(date) }),
  'visit-logged.v1': data({
    visitId: id('visit'),
    channel: fc.constantFrom('on-site', 'phone'),
    participants: maybe(fc.constant(['contact-1'])),
    summary: maybe(word),
    nextStep: maybe(data({ text: word, due: maybe(date) })),
  }),
  'survey-scored.v1': data({
    surveyId: id('survey'),
    metric: fc.constantFrom('csat', 'nps', 'ces'),
    score: fc.integer({ min: 1, max: 5 }),
    respondent: maybe(word),
  }),
  'stage-advanced.v1': data({ ...transition, to: fc.constantFrom(...STAGES), override: maybe(fc.constant(true)) }),
  'stage-regressed.v1': data({ ...transition, to: fc.constantFrom(...STAGES), reason: word }),
  'disintegration-declared.v1': data({ ...transition, to: fc.constant('disintegrating'), reason: word }),
  'agreement-signed.v1': data({
    agreementId: id('agreement'),
    start: date,
    end: date,
    terms: fc.constant([{ kind: 'discount', value: 0.1 }]),
  }),
  'agreement-lapsed.v1': data({ agreementId: id('agreement'), reason: maybe(word) }),
  'plan-adopted.v1': data({ planId: id('plan'), objectives: fc.constant([{ text: 'Grow', target: '10' }]) }),
  'account-appraised.v1': data({
    criterion: fc.constantFrom('potential', 'fit'),
    points: fc.constantFrom(1, 7.5, 10),
    evidence: maybe(word),
  }),
  'policy-drafted.v1': data({ policyId: id('policy'), version, policy, draftedBy: word }),
  'policy-approved.v1': data({ policyId: id('policy'), version }),
  'policy-published.v1': data({ policyId: id('policy'), version, effectiveFrom: date }),
  'policy-retired.v1': data({ policyId: id('policy'), version, reason: maybe(word) }),
};

/** What others of the same id follow on; a stream mostly begins with some. */
const FIRST = [
  'account-registered.v1',
  'contact-added.v1',
  'order-placed.v1',
  'agreement-signed.v1',
  'policy-drafted.v1',
];

/** Facts of these types, each in a stream of its kind; dated in any order. */
export function ledgerHistory(types: readonly string[]): fc.Arbitrary<readonly StreamFact[]> {
  const known = types.filter((type) => LEDGER_FACTS[type] !== undefined);
  const first = known.filter((type) => FIRST.includes(type));
  return fc
    .tuple(
      fc.array(factOf(first.length === 0 ? known : first), { maxLength: 12, size: 'max' }),
      fc.array(factOf(known), { maxLength: 24, size: 'max' }),
    )
    .map(([before, after]) => [...before, ...after]);
}

function factOf(types: readonly string[]): fc.Arbitrary<StreamFact> {
  const facts = types.map((type) =>
    fc
      .tuple(streamFor(type), eventOf(type))
      .map(([stream, event]): StreamFact => [stream, { ...event, data: ofStream(stream, event.data) }]),
  );
  return fc.oneof(...facts);
}

/** A fact that names its account or policy names that of its stream. */
function ofStream(stream: string, members: object): object {
  const subject = stream.slice(stream.indexOf('-') + 1);
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name,
      name === 'accountId' || name === 'policyId' ? subject : value,
    ]),
  );
}

function eventOf(type: string): fc.Arbitrary<DomainEvent<string, object>> {
  return fc.record({ type: fc.constant(type), data: LEDGER_FACTS[type] ?? fc.constant({}), occurredAt: instant });
}

function streamFor(type: string): fc.Arbitrary<string> {
  if (type === 'exchange-rate-set.v1' || type === 'ledger-opened.v1') return fc.constant('settings');
  if (type.startsWith('policy-')) return fc.constantFrom(...POLICIES).map((policyId) => `policy-${policyId}`);
  return fc.constantFrom(...ACCOUNTS).map((accountId) => `account-${accountId}`);
}
