import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { DatabaseSync } from '@photostructure/sqlite';

const FIELDS = 6;
const database = new DatabaseSync(workerData);
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, revision INTEGER NOT NULL, type TEXT NOT NULL,
    id TEXT NOT NULL, data TEXT NOT NULL, metadata TEXT NOT NULL, UNIQUE (stream, revision)
  ) STRICT`);
const addStream = database.prepare('INSERT INTO streams (name) VALUES (?)');
const insert = database.prepare(
  'INSERT INTO events (stream, revision, type, id, data, metadata) VALUES (?, ?, ?, ?, ?, ?)',
);
const streams = new Map();

function append(fields, at) {
  const name = fields[at];
  let stream = streams.get(name);
  if (stream === undefined) {
    stream = Number(addStream.run(name).lastInsertRowid);
    streams.set(name, stream);
  }
  return Number(
    insert.run(stream, fields[at + 1], fields[at + 2], fields[at + 3], fields[at + 4], fields[at + 5]).lastInsertRowid,
  );
}

/** Everything that has arrived, in one commit; a failing insert is that append's alone. */
function serve(first) {
  let fields = first;
  let closing = false;
  const positions = [];
  database.exec('BEGIN IMMEDIATE');
  while (fields !== undefined && !closing) {
    for (let at = 0; at < fields.length; at += FIELDS) {
      try {
        positions.push(append(fields, at));
      } catch {
        positions.push(0);
      }
    }
    fields = receiveMessageOnPort(parentPort)?.message;
    closing = fields === 'close';
  }
  database.exec('COMMIT');
  parentPort.postMessage(positions);
  if (closing) end();
}

function end() {
  database.close();
  parentPort.close();
}

parentPort.on('message', (message) => (message === 'close' ? end() : serve(message)));
