import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Checkpoint,
  LeaseLost,
  type ProjectorGeneration,
  type ProjectorMember,
  type QuarantinedStream,
  type ReadStore,
} from '#event-sourcing';
import type { NewCollection } from './read-store.conformance.js';

const NAP = 30;

/** The cases of what projectors agree on. @param newName a name that no other case has */
export function describeProjectorStore(
  getStore: () => ReadStore,
  newCollection: NewCollection,
  newName: () => string,
): void {
  const member = (pid = 7): ProjectorMember => ({ id: newName(), host: 'ä host', pid, startedAt: 1_795_000_000_123 });
  const checkpointsOf = async (names: readonly string[], session?: string): Promise<Checkpoint[]> =>
    (await getStore().checkpoints(session)).filter(({ projection }) => names.includes(projection));
  const move = (session: string | undefined, projection: string, position: bigint) =>
    getStore().write({
      documents: [],
      checkpoints: [{ projection, position }],
      ...(session !== undefined && { session }),
    });

  /** Begins a generation of these many sessions, which begin at the least checkpoints of the one before. */
  async function begin(sessions: number): Promise<ProjectorGeneration> {
    const store = getStore();
    const { generation } = await store.projectorGroup();
    const checkpoints = await store.closeSessions(generation.sessions.map(({ id }) => id));
    const number = generation.number + 1;
    const ids = Array.from({ length: sessions }, () => newName());
    await store.openSessions(number, ids, checkpoints);
    const next = { number, sessions: ids.map((id, n) => ({ id, member: `m${n}`, partitions: [n, n + 10] })) };
    expect(await store.beginGeneration(next)).toBe(true);
    return next;
  }

  describe('members', () => {
    it('are known with the age of their leases until they are removed', async () => {
      const [one, other] = [member(), member(8)];
      const store = getStore();
      await store.renewMember(one);
      await store.renewMember(other);
      await new Promise((resolve) => setTimeout(resolve, NAP));
      await store.renewMember(other);
      const seen = async () =>
        (await store.projectorGroup()).members.filter(({ id }) => [one.id, other.id].includes(id));
      const [first, second] = (await seen()).sort((a, b) => a.pid - b.pid);
      expect(first).toEqual({ ...one, age: expect.any(Number) });
      expect(second).toEqual({ ...other, age: expect.any(Number) });
      expect(second?.age).toBeGreaterThanOrEqual(0);
      expect((first?.age ?? 0) - (second?.age ?? 0)).toBeGreaterThanOrEqual(NAP / 2);
      await store.removeMembers([one.id, 'unknown']);
      expect(await seen()).toMatchObject([{ id: other.id }]);
      await store.removeMembers([other.id]);
      expect(await seen()).toEqual([]);
    });
  });

  describe('a generation of projectors', () => {
    let generation: ProjectorGeneration;
    beforeEach(async () => {
      generation = await begin(2);
    });

    it('is told with its open sessions', async () => {
      const [first] = generation.sessions;
      await getStore().closeSessions([first?.id ?? '']);
      const group = await getStore().projectorGroup();
      expect(group.generation.number).toBe(generation.number);
      expect([...group.generation.sessions].sort((a, b) => (a.member < b.member ? -1 : 1))).toEqual(
        generation.sessions,
      );
      expect([...group.open]).toEqual([generation.sessions[1]?.id]);
    });

    it('takes the place of the one before only', async () => {
      const store = getStore();
      const rivals = [newName(), newName()];
      const number = generation.number + 1;
      await store.openSessions(number, rivals, []);
      const next = (id: string) => store.beginGeneration({ number, sessions: [{ id, member: 'm', partitions: [1] }] });
      const outcomes = [await next(rivals[0] ?? ''), await next(rivals[1] ?? '')];
      expect(outcomes).toEqual([true, false]);
      expect((await store.projectorGroup()).generation.sessions.map(({ id }) => id)).toEqual([rivals[0]]);
      expect(await store.beginGeneration({ number: number + 5, sessions: [] })).toBe(false);
    });

    it('has come as far as the last of its sessions', async () => {
      const projection = `${newName()}.v1`;
      const [one, other] = generation.sessions.map(({ id }) => id);
      await move(one, projection, 9n);
      expect(await checkpointsOf([projection])).toEqual([]);
      expect(await checkpointsOf([projection], one)).toEqual([{ projection, position: 9n }]);
      await move(other, projection, 5n);
      expect(await checkpointsOf([projection])).toEqual([{ projection, position: 5n }]);
      await move(other, projection, 2n ** 60n);
      await move(other, projection, 8n);
      expect(await checkpointsOf([projection])).toEqual([{ projection, position: 9n }]);
      expect(await checkpointsOf([projection], other)).toEqual([{ projection, position: 2n ** 60n }]);
    });

    it('begins where the one before was, also for what only some knew', async () => {
      const [known, half] = [`${newName()}.v1`, `${newName()}.v12`];
      const [one, other] = generation.sessions.map(({ id }) => id);
      await move(one, known, 9n);
      await move(other, known, 5n);
      await move(one, half, 7n);
      const next = await begin(3);
      expect(await checkpointsOf([known, half])).toEqual([{ projection: known, position: 5n }]);
      for (const { id } of next.sessions) await move(id, half, 3n);
      expect(await checkpointsOf([known, half])).toEqual([
        { projection: known, position: 5n },
        { projection: half, position: 3n },
      ]);
    });

    it('goes on from checkpoints that were written without sessions', async () => {
      const projection = `${newName()}.v1`;
      await move(undefined, projection, 4n);
      expect(await checkpointsOf([projection])).toEqual([{ projection, position: 4n }]);
      const [one, other] = (await begin(2)).sessions.map(({ id }) => id);
      expect(await checkpointsOf([projection], one)).toEqual([{ projection, position: 4n }]);
      await move(one, projection, 6n);
      expect(await checkpointsOf([projection])).toEqual([{ projection, position: 4n }]);
      await move(other, projection, 7n);
      expect(await checkpointsOf([projection])).toEqual([{ projection, position: 6n }]);
    });

    it('keeps its checkpoints over several changes', async () => {
      const projection = `${newName()}.v1`;
      for (const { id } of generation.sessions) await move(id, projection, 11n);
      for (const sessions of [1, 3, 1, 2]) await begin(sessions);
      expect(await checkpointsOf([projection])).toEqual([{ projection, position: 11n }]);
    });
  });

  describe('a session', () => {
    it('that was closed writes nothing any more', async () => {
      const { sessions } = await begin(1);
      const session = sessions[0]?.id ?? '';
      const collection = await newCollection();
      const projection = `${newName()}.v1`;
      const batch = (position: bigint) => ({
        documents: [{ collection: collection.name, key: ['a', 1n], position, document: { text: `${position}` } }],
        checkpoints: [{ projection, position }],
        session,
      });
      await getStore().write(batch(1n));
      expect(await getStore().closeSessions([session])).toContainEqual({ projection, position: 1n });
      await expect(getStore().write(batch(2n))).rejects.toThrow(LeaseLost);
      await expect(getStore().write({ documents: [], checkpoints: [], session })).rejects.toThrow(LeaseLost);
      await begin(1);
      await begin(1);
      await expect(getStore().write(batch(3n))).rejects.toThrow(LeaseLost);
      expect(await getStore().getMany(collection.name, [['a', 1n]])).toMatchObject([{ position: 1n }]);
      expect(await checkpointsOf([projection])).toEqual([{ projection, position: 1n }]);
    });

    it('that never was writes nothing', async () => {
      const batch = {
        documents: [],
        checkpoints: [{ projection: `${newName()}.v1`, position: 1n }],
        session: newName(),
      };
      await expect(getStore().write(batch)).rejects.toThrow(LeaseLost);
    });
  });

  describe('a quarantined stream', () => {
    const parked = (projection: string, revision: number): QuarantinedStream => ({
      projection,
      stream: 'account-1',
      revision,
      position: BigInt(revision) + 5n,
      eventId: randomUUID(),
      type: 'order-placed.v1',
      error: 'TypeError: no',
      at: '2026-01-31T12:00:00.000Z',
    });
    const stored = async (projection: string) =>
      (await getStore().quarantined()).filter((each) => each.projection === projection);

    it('is marked to be tried again, and forgotten once it was', async () => {
      const projection = `${newName()}.v1`;
      const pointer = parked(projection, 3);
      await getStore().write({ documents: [], checkpoints: [], quarantined: [pointer] });
      const at = '2026-02-01T00:00:00.000Z';
      expect(await getStore().requestRedrive(projection, 'account-2', at)).toBe(false);
      expect(await getStore().requestRedrive(projection, 'account-1', at)).toBe(true);
      expect(await stored(projection)).toEqual([{ ...pointer, redriveRequestedAt: at }]);
      const redriven = [{ projection, stream: 'account-1', requestedAt: at, parked: null }];
      await getStore().write({ documents: [], checkpoints: [], redriven });
      await getStore().write({ documents: [], checkpoints: [], redriven });
      expect(await stored(projection)).toEqual([]);
    });

    it('that stopped again stands with the place where it did', async () => {
      const projection = `${newName()}.v1`;
      await getStore().write({ documents: [], checkpoints: [], quarantined: [parked(projection, 3)] });
      const requestedAt = '2026-02-01T00:00:00.000Z';
      await getStore().requestRedrive(projection, 'account-1', requestedAt);
      const again = parked(projection, 6);
      const redriven = [{ projection, stream: 'account-1', requestedAt, parked: again }];
      await getStore().write({ documents: [], checkpoints: [], redriven });
      await getStore().write({ documents: [], checkpoints: [], redriven });
      expect(await stored(projection)).toEqual([again]);
    });

    it.each([
      ['a first time', undefined],
      ['once more', '2026-02-01T00:00:00.000Z'],
    ])('that stopped again stays marked where that was asked %s meanwhile', async (_, requestedAt) => {
      const projection = `${newName()}.v1`;
      await getStore().write({ documents: [], checkpoints: [], quarantined: [parked(projection, 3)] });
      const meanwhile = '2026-02-02T00:00:00.000Z';
      await getStore().requestRedrive(projection, 'account-1', meanwhile);
      const again = parked(projection, 6);
      const redriven = [{ projection, stream: 'account-1', requestedAt, parked: again }];
      await getStore().write({ documents: [], checkpoints: [], redriven });
      await getStore().write({ documents: [], checkpoints: [], redriven });
      expect(await stored(projection)).toEqual([{ ...again, redriveRequestedAt: meanwhile }]);
      const later = [{ projection, stream: 'account-1', requestedAt: meanwhile, parked: again }];
      await getStore().write({ documents: [], checkpoints: [], redriven: later });
      expect(await stored(projection)).toEqual([again]);
    });
  });
}
