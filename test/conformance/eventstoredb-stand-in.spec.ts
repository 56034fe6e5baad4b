import { randomUUID } from 'node:crypto';
import { EventStoreDBClient, jsonEvent, StreamNotFoundError, WrongExpectedVersionError } from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreDbStandIn } from '#test/eventstoredb-stand-in/event-store-db-stand-in';

/** What was seen on a real node of version 23.10 through its own client; the stand-in has to show the same. */
describe('the stand-in of EventStoreDB, as its own client sees it,', () => {
  let standIn: EventStoreDbStandIn;
  let client: EventStoreDBClient;
  let lenient: EventStoreDBClient;

  beforeAll(async () => {
    standIn = await EventStoreDbStandIn.start({ rememberedIds: 50 });
    client = EventStoreDBClient.connectionString(standIn.url);
    lenient = EventStoreDBClient.connectionString(`${standIn.url}&throwOnAppendFailure=false`);
  });

  afterAll(async () => {
    await client.dispose();
    await lenient.dispose();
    await standIn.kill();
  });

  const newStream = () => `account-${randomUUID()}`;
  const newEvents = (count: number) =>
    Array.from({ length: count }, (_, n) => jsonEvent({ id: randomUUID(), type: 'thing.v1', data: { n } }));

  async function revisions(stream: string): Promise<number[]> {
    const found: number[] = [];
    for await (const { event } of client.readStream(stream)) found.push(Number(event?.revision));
    return found;
  }

  it('answers stored ids at their original revision with the same position, for ever', async () => {
    const [stream, first] = [newStream(), newEvents(2)];
    const stored = await client.appendToStream(stream, first, { expectedRevision: 'no_stream' });
    await client.appendToStream(stream, newEvents(80), { expectedRevision: 1n });
    const repeated = await client.appendToStream(stream, first, { expectedRevision: 'no_stream' });
    expect(repeated).toEqual(stored);
    expect(await revisions(stream)).toHaveLength(82);
  });

  it('stores stored ids twice at the current revision', async () => {
    const [stream, events] = [newStream(), newEvents(2)];
    await client.appendToStream(stream, events, { expectedRevision: 'no_stream' });
    await client.appendToStream(stream, events, { expectedRevision: 1n });
    expect(await revisions(stream)).toEqual([0, 1, 2, 3]);
  });

  it('knows stored ids with ANY until it has forgotten them', async () => {
    const [stream, events] = [newStream(), newEvents(2)];
    await client.appendToStream(stream, events);
    await client.appendToStream(stream, events);
    expect(await revisions(stream)).toHaveLength(2);
    await client.appendToStream(newStream(), newEvents(60));
    await client.appendToStream(stream, events);
    expect(await revisions(stream)).toHaveLength(4);
  });

  it('refuses new ids at a stale revision, with 1 as the next revision when the client does not throw', async () => {
    const stream = newStream();
    await client.appendToStream(stream, newEvents(5), { expectedRevision: 'no_stream' });
    const stale = client.appendToStream(stream, newEvents(1), { expectedRevision: 2n });
    await expect(stale).rejects.toThrow(WrongExpectedVersionError);
    await expect(stale).rejects.toMatchObject({ actualVersion: 4n, expectedVersion: 2n });
    expect(await lenient.appendToStream(stream, newEvents(1), { expectedRevision: 2n })).toMatchObject({
      success: false,
      nextExpectedRevision: 1n,
    });
  });

  it('takes plain appends, which credentials of a call lead to', async () => {
    const stream = newStream();
    const credentials = { username: 'admin', password: 'changeit' };
    const options = { expectedRevision: 'no_stream', credentials } as const;
    expect(await client.appendToStream(stream, newEvents(3), options)).toMatchObject({ nextExpectedRevision: 2n });
    await expect(client.appendToStream(stream, newEvents(1), options)).rejects.toThrow(WrongExpectedVersionError);
  });

  it('has no stream that was never written', async () => {
    await expect(revisions(newStream())).rejects.toThrow(StreamNotFoundError);
  });

  it('gives the position of an event also when its stream is read', async () => {
    const stream = newStream();
    const { position } = await client.appendToStream(stream, newEvents(1));
    for await (const { event } of client.readStream(stream)) expect(event?.position).toEqual(position);
  });

  it('tells checkpoints of a filtered subscription, some with the prepare position 0', async () => {
    await client.appendToStream(newStream(), newEvents(100));
    const checkpoints: { commit: bigint; prepare: bigint }[] = [];
    const subscription = client.subscribeToAll({
      filter: {
        filterOn: 'streamName',
        prefixes: ['nothing-'],
        checkpointInterval: 1,
        checkpointReached: (_, position) => void checkpoints.push(position),
      },
    });
    subscription.resume();
    await new Promise<void>((resolve) => subscription.once('caughtUp', resolve));
    await subscription.unsubscribe();
    expect(checkpoints.length).toBeGreaterThan(3);
    expect(checkpoints.every(({ commit, prepare }) => prepare === 0n && commit >= prepare)).toBe(true);
  });

  it('shows other people’s events and the server’s own', async () => {
    const streams = new Set<string>();
    for await (const { event } of client.readAll({ direction: 'backwards', fromPosition: 'end' })) {
      streams.add(event?.streamId ?? '');
    }
    expect([...streams]).toEqual(expect.arrayContaining(['$stats-0.0.0.0:2113', 'shop-basket-1']));
  });
});
