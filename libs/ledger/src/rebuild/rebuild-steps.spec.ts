import { describe, expect, it } from '@jest/globals';
import { type BuildState, buildsOf, documents, type Projection } from '#event-sourcing';
import {
  abandoned,
  finished,
  type Planning,
  planned,
  RebuildLost,
  released,
  switched,
  takenOver,
  withoutBefore,
} from './rebuild-steps.js';

const projection = (name: string, version = 1): Projection =>
  documents({
    name,
    version,
    collection: { fields: { id: 'text' }, key: ['id'] },
    events: [],
    keys: () => [],
    fold: () => null,
  });

const ORDERS = projection('orders');
const VISITS = projection('visit-days');
const ALL = [ORDERS, VISITS];
const EMPTY: BuildState = { versions: {}, rebuild: null, dropped: [] };
const SERVING: BuildState = {
  ...EMPTY,
  versions: {
    'orders.v1': { serving: 1, newest: 1, before: null, complete: true },
    'visit-days.v1': { serving: 1, newest: 1, before: null, complete: true },
  },
};

const planning = (order: Partial<Planning['order']> = {}, more: Partial<Planning> = {}): Planning => ({
  order: { kind: 'rebuild', names: [], ...order },
  projections: [ORDERS, VISITS],
  positions: new Map(),
  id: 'r1',
  owner: 'me',
  program: 'this',
  at: '2026-01-01T00:00:00.000Z',
  ...more,
});

/** The state after a rebuild of all. */
function rebuilt(state: BuildState, order: Partial<Planning['order']> = {}): BuildState {
  const plan = planned(state, planning(order));
  return finished(switched(plan, 'me', ALL) ?? plan, 'me') ?? plan;
}

describe('the steps of a rebuild', () => {
  it('give every build a number that none had before', () => {
    const once = rebuilt(SERVING);
    expect(buildsOf(once, ORDERS)).toEqual({ serving: 2, newest: 2, before: 1, complete: true });
    const back = rebuilt(once, { kind: 'rollback' });
    expect(buildsOf(back, ORDERS)).toEqual({ serving: 1, newest: 2, before: 2, complete: true });
    expect(buildsOf(rebuilt(back), ORDERS)).toEqual({ serving: 3, newest: 3, before: 1, complete: true });
  });

  it('change nothing that serves before the one by which all of it is switched', () => {
    const plan = planned(SERVING, planning());
    expect([ORDERS, VISITS].map((each) => buildsOf(plan, each).serving)).toEqual([1, 1]);
    const after = switched(plan, 'me', ALL) as BuildState;
    expect([ORDERS, VISITS].map((each) => buildsOf(after, each).serving)).toEqual([2, 2]);
    expect(switched(after, 'me', ALL)).toBeUndefined();
  });

  it('keep what served before, until another rebuild has switched', () => {
    const once = rebuilt(SERVING);
    expect(once.dropped).toEqual([]);
    const plan = planned(once, planning({ names: ['visit-days'] }));
    expect([plan.dropped, buildsOf(plan, VISITS).before]).toEqual([[], 1]);
    const twice = switched(plan, 'me', ALL) as BuildState;
    expect(twice.dropped).toEqual([{ collection: 'visit_days_v1', checkpoint: 'visit-days.v1' }]);
    expect([buildsOf(twice, VISITS).before, buildsOf(twice, ORDERS).before]).toEqual([2, 1]);
    expect(withoutBefore(once, [ORDERS], ALL).dropped).toEqual([{ collection: 'orders_v1', checkpoint: 'orders.v1' }]);
  });

  it('make the first build of a version that serves nobody, and leave it where it is given up', () => {
    const newer = projection('orders', 2);
    const plan = planned(SERVING, planning({ names: ['orders'] }, { projections: [newer] }));
    expect(plan.rebuild?.targets).toEqual([{ name: 'orders', version: 2, build: 1, live: null }]);
    expect(abandoned(plan, 'me', [newer])).toMatchObject({ rebuild: null, dropped: [] });
    expect(buildsOf(switched(plan, 'me', ALL) as BuildState, newer)).toEqual({
      serving: 1,
      newest: 1,
      before: null,
      complete: true,
    });
    const begun = planned(
      SERVING,
      planning({ names: ['orders'] }, { projections: [newer], positions: new Map([['orders.v2', 9n]]) }),
    );
    expect(begun.rebuild?.targets).toEqual([{ name: 'orders', version: 2, build: 2, live: 1 }]);
  });

  it('drop what was made where a rebuild is given up, and nothing once it has switched', () => {
    const plan = planned(SERVING, planning({ names: ['orders'] }));
    expect(abandoned(plan, 'me', [ORDERS]).dropped).toEqual([
      { collection: 'orders_v1_b2', checkpoint: 'orders.v1.b2' },
    ]);
    expect(() => abandoned(switched(plan, 'me', ALL) as BuildState, 'me', [ORDERS])).toThrow('roll back instead');
  });

  it('are refused to whoever has lost the rebuild', () => {
    const plan = takenOver(planned(SERVING, planning()), planning({}, { owner: 'another' }));
    expect(() => switched(plan, 'me', ALL)).toThrow(RebuildLost);
    expect(() => finished(plan, 'me')).toThrow(RebuildLost);
    expect(released(plan, 'me')).toBeUndefined();
    expect(released(plan, 'another')?.rebuild?.owner).toBeNull();
  });

  it('go on with the rebuild that waits, and with no other', () => {
    const plan = planned(SERVING, planning({ switch: 'never' }));
    expect(takenOver(plan, planning({ switch: 'always' })).rebuild?.switch).toBe('always');
    expect(takenOver(plan, planning({ names: ['visit-days', 'orders'] })).rebuild?.switch).toBe('never');
    expect(() => takenOver(plan, planning({ names: ['orders'] }))).toThrow('go on with it or abandon it first');
    expect(() => takenOver(plan, planning({ kind: 'rollback' }))).toThrow('go on with it or abandon it first');
    expect(() => takenOver(plan, planning({}, { projections: [ORDERS] }))).toThrow('this program does not have');
    const another = planning({}, { owner: 'another', program: 'with another fold' });
    expect(() => takenOver(plan, another)).toThrow('begun by another program');
    const afterwards = switched(plan, 'me', ALL) ?? plan;
    expect(takenOver(afterwards, another).rebuild?.owner).toBe('another');
    const without = planning({}, { owner: 'without', projections: [ORDERS] });
    expect(takenOver(afterwards, without).rebuild?.owner).toBe('without');
    expect(() => takenOver(afterwards, planning({ kind: 'rollback' }))).toThrow(/: go on with it first\.$/);
  });

  it('tell of what is not there', () => {
    expect(() => planned(SERVING, planning({ names: ['nothing'] }))).toThrow('There is no projection nothing.');
    expect(() => planned(SERVING, planning({ kind: 'rollback' }))).toThrow('Nothing is kept');
    expect(() => planned(SERVING, planning({ kind: 'rollback', names: ['orders'] }))).toThrow(
      'Nothing is kept of orders',
    );
  });
});
