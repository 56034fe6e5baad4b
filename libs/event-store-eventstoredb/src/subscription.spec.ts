import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { describe, expect, it } from '@jest/globals';
import { subscriptionBatches } from './subscription.js';

function eventAt(position: number): ReadResp {
  const id = new sharedPb.UUID();
  id.setString('00000000-0000-4000-8000-000000000000');
  const identifier = new sharedPb.StreamIdentifier();
  identifier.setStreamName(Buffer.from('ledger-account-1'));
  const recorded = new streamsPb.ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(id);
  recorded.setStreamIdentifier(identifier);
  recorded.setCommitPosition(String(position));
  recorded.setData(Buffer.from('{}'));
  recorded.setCustomMetadata(Buffer.from('{}'));
  const readEvent = new streamsPb.ReadResp.ReadEvent();
  readEvent.setEvent(recorded);
  const response = new streamsPb.ReadResp();
  response.setEvent(readEvent);
  return response;
}

function checkpoint(commit: number, prepare: number): ReadResp {
  const reached = new streamsPb.ReadResp.Checkpoint();
  reached.setCommitPosition(String(commit));
  reached.setPreparePosition(String(prepare));
  const response = new streamsPb.ReadResp();
  response.setCheckpoint(reached);
  return response;
}

function caughtUp(): ReadResp {
  const response = new streamsPb.ReadResp();
  response.setCaughtUp(new streamsPb.ReadResp.CaughtUp());
  return response;
}

/** What a subscription after position 100 makes of the pages: positions of events, position covered, caught up. */
async function batchesOf(pages: readonly (readonly ReadResp[])[]): Promise<[number[], number, boolean][]> {
  const stop = new AbortController();
  const rest = [...pages];
  const source = {
    waiting: false,
    next: async () => {
      if (rest.length === 0) stop.abort();
      return rest.shift();
    },
  };
  const batches: [number[], number, boolean][] = [];
  for await (const batch of subscriptionBatches(source, 'ledger-', 100n, 1_000, stop.signal)) {
    batches.push([batch.events.map(({ position }) => Number(position)), Number(batch.position), batch.caughtUp]);
  }
  return batches;
}

describe('batches of a subscription', () => {
  it('cover the events of a page', async () => {
    expect(await batchesOf([[eventAt(110), eventAt(120)], [eventAt(130)]])).toEqual([
      [[110, 120], 120, false],
      [[130], 130, false],
    ]);
  });

  it('leave out what the server gives again', async () => {
    expect(await batchesOf([[eventAt(100), eventAt(110)], [eventAt(110)]])).toEqual([[[110], 110, false]]);
  });

  it('cover a checkpoint that names an event', async () => {
    expect(await batchesOf([[checkpoint(150, 150)]])).toEqual([[[], 150, false]]);
  });

  it('do not cover the place from which the server goes on until it has gone on', async () => {
    expect(await batchesOf([[checkpoint(150, 0)], [eventAt(150)]])).toEqual([[[150], 150, false]]);
    expect(await batchesOf([[checkpoint(150, 0)], [checkpoint(170, 0)]])).toEqual([[[], 150, false]]);
    expect(await batchesOf([[checkpoint(150, 0)], [checkpoint(150, 0)], [caughtUp()]])).toEqual([[[], 100, true]]);
  });

  it('never go back for a checkpoint that comes late', async () => {
    expect(await batchesOf([[eventAt(180)], [checkpoint(150, 150), checkpoint(160, 0)]])).toEqual([
      [[180], 180, false],
    ]);
  });

  it('tell once that the end was reached, and again with what is appended then', async () => {
    expect(await batchesOf([[caughtUp()], [checkpoint(100, 100)], [eventAt(110)]])).toEqual([
      [[], 100, true],
      [[110], 110, true],
    ]);
  });

  it('fail when the server ends the subscription', async () => {
    const source = { waiting: false, next: async () => undefined };
    const batches = subscriptionBatches(source, 'ledger-', undefined, 1_000, new AbortController().signal);
    await expect(batches.next()).rejects.toThrow('The event store ended the subscription');
  });
});
