import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Database } from '#sqlite';
import { openEventLog } from './event-log.js';
import { GroupCommit } from './group-commit.js';
import { type AppendFields, type AppendRequest, CONFLICT, NO_STREAM } from './writer-protocol.js';

let folder: string;
let database: Database;
let other: Database;
let groups: GroupCommit;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'event-log-'));
  database = openEventLog(join(folder, 'events.db'), 1);
  other = openEventLog(join(folder, 'events.db'), 1);
  groups = new GroupCommit(database, 30);
});

afterEach(() => {
  database.close();
  other.close();
  rmSync(folder, { recursive: true });
});

function append(stream: string, expected: number, ...ids: string[]): AppendFields {
  return [stream, expected, ids.length, ...ids.flatMap((id) => [id, 'sample-taken.v1', '{}', '{}'])];
}

function request(...appends: AppendFields[]): AppendRequest {
  return { count: appends.length, characters: 4 * appends.length, fields: appends.flat() };
}

function storedIds(): unknown[] {
  return database.prepare('SELECT id FROM events ORDER BY position').all().flat();
}

describe('GroupCommit', () => {
  it('answers every append of every request of the group, in order', () => {
    const replies = groups.commit([
      request(append('a', NO_STREAM, '1', '2'), append('b', NO_STREAM, '3')),
      request(append('a', 0, '4'), append('a', 1, '5'), append('a', NO_STREAM, '1', '2'), append('c', 7, '6')),
    ]);
    expect(replies).toEqual([{ outcomes: [1, 2, 0, 3, CONFLICT, 0, 2, 4, 1, 2, CONFLICT, 0] }]);
    expect(storedIds()).toEqual(['1', '2', '3', '5']);
  });

  it('stores nothing at all for a stream of which only conflicts came', () => {
    groups.commit([request(append('a', 3, '1'))]);
    expect(database.prepare('SELECT name FROM streams').all()).toEqual([]);
  });

  it('sees what another connection stored in between', () => {
    groups.commit([request(append('a', NO_STREAM, '1'))]);
    expect(new GroupCommit(other, 30).commit([request(append('a', 0, '2'), append('b', NO_STREAM, '3'))])).toEqual([
      { outcomes: [1, 2, 0, 3] },
    ]);
    expect(groups.commit([request(append('a', 0, '4'), append('a', 1, '5'), append('b', 0, '6'))])).toEqual([
      { outcomes: [CONFLICT, 0, 2, 4, 1, 5] },
    ]);
  });

  it('lets an append that cannot be stored take no other along', () => {
    database.exec(`CREATE TRIGGER refuse BEFORE INSERT ON events WHEN new.id = 'bad'
                   BEGIN SELECT raise(ABORT, 'refused by a trigger'); END`);
    const replies = groups.commit([
      request(append('a', NO_STREAM, '1'), append('b', NO_STREAM, '2', 'bad')),
      request(append('b', NO_STREAM, '3'), append('a', 0, '4')),
    ]);
    expect(replies).toEqual([
      { outcomes: [0, 1] },
      { count: 1, failure: { kind: 'refused', message: expect.stringContaining('refused by a trigger') } },
      { outcomes: [0, 2] },
      { outcomes: [1, 3] },
    ]);
    expect(storedIds()).toEqual(['1', '3', '4']);
  });

  it('is unavailable while another process holds the lock past the deadline', () => {
    other.exec('BEGIN IMMEDIATE');
    expect(groups.commit([request(append('a', NO_STREAM, '1'), append('b', NO_STREAM, '2'))])).toEqual([
      {
        count: 2,
        failure: {
          kind: 'unavailable',
          message: 'The event log is locked: another process held it for longer than the deadline.',
        },
      },
    ]);
    other.exec('ROLLBACK');
    expect(groups.commit([request(append('a', NO_STREAM, '1'))])).toEqual([{ outcomes: [0, 1] }]);
  });

  it('is unavailable when the disk is full, and goes on when there is room again', () => {
    groups.commit([request(append('a', NO_STREAM, '1'))]);
    database.exec('PRAGMA max_page_count = 1');
    const large: AppendFields = ['a', 0, 1, '2', 'sample-taken.v1', JSON.stringify('x'.repeat(100_000)), '{}'];
    const [reply] = groups.commit([request(large)]);
    expect(reply).toEqual({
      count: 1,
      failure: { kind: 'unavailable', message: 'The event log cannot grow: the disk is full.' },
    });
    database.exec('PRAGMA max_page_count = 1000000');
    expect(groups.commit([request(large)])).toEqual([{ outcomes: [1, 2] }]);
  });
});
