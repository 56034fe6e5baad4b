import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { EventStoreDbStandIn } from '#test/eventstoredb-stand-in/event-store-db-stand-in';
import { mongoServerOffer, startMongoServer } from '#test/mongodb-server/mongodb-server';
import type { LedgerEnvironment } from './ledger-process.js';

/** Where a ledger of a test lives. */
export interface Backend {
  readonly name: 'embedded' | 'servers';
  /** A ledger that holds nothing yet. */
  readonly environment: LedgerEnvironment;
  /** A folder of the test's own, with a space and a letter beyond ASCII in its name. */
  readonly folder: string;
  /** The event store's stand-in, where there is one: its connections can be cut. */
  readonly standIn: EventStoreDbStandIn | undefined;
  /** Kills the MongoDB server and starts it again on what it had stored, where the server is the tests' own. */
  readonly restartMongo: (() => Promise<void>) | undefined;
  close(): Promise<void>;
}

/** How a test uses its ledger. */
export interface BackendUse {
  /** Whether it keeps the servers busy for minutes. */
  readonly forMinutes?: boolean;
}

export interface BackendKind {
  readonly name: Backend['name'];
  open(settings?: LedgerEnvironment, use?: BackendUse): Promise<Backend>;
}

const embedded: BackendKind = {
  name: 'embedded',
  async open(settings = {}) {
    const folder = newFolder();
    return {
      name: 'embedded',
      folder,
      environment: { KEYLEDGER_DATA_DIR: join(folder, 'data'), ...settings },
      standIn: undefined,
      restartMongo: undefined,
      close: async () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};

/** Those named by `EVENTSTOREDB_URL` and `MONGODB_URL`, else the stand-in and a server of our own. */
const servers: BackendKind = {
  name: 'servers',
  async open(settings = {}, { forMinutes: fast = false } = {}) {
    const folder = newFolder();
    const { EVENTSTOREDB_URL, MONGODB_URL } = process.env;
    const standIn = EVENTSTOREDB_URL ? undefined : await EventStoreDbStandIn.start({ file: join(folder, 'log') });
    const mongoFile = join(folder, 'mongo.mv');
    let mongo = MONGODB_URL ? undefined : await startMongoServer({ port: 0, file: mongoFile, fast });
    const port = mongo?.port;
    const database = `keyledger_test_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
    const mongoUrl = withDatabase(MONGODB_URL || (mongo?.url ?? ''), database);
    return {
      name: 'servers',
      folder,
      environment: {
        KEYLEDGER_DATA_DIR: join(folder, 'data'),
        EVENTSTOREDB_URL: EVENTSTOREDB_URL || (standIn?.url ?? ''),
        MONGODB_URL: mongoUrl,
        KEYLEDGER_STREAM_PREFIX: `keyledger-test-${randomUUID().slice(0, 8)}-`,
        ...settings,
      },
      standIn,
      restartMongo:
        port === undefined
          ? undefined
          : async () => {
              await mongo?.kill();
              mongo = await startMongoServer({ port, file: mongoFile, fast });
            },
      async close() {
        if (mongo === undefined) await dropDatabase(mongoUrl);
        await mongo?.stop();
        await standIn?.kill();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'keyledger ä '));
}

function withDatabase(url: string, database: string): string {
  return url.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/, `$1/${database}$2`);
}

async function dropDatabase(url: string): Promise<void> {
  const client = await MongoClient.connect(url);
  await client.db().dropDatabase();
  await client.close();
}

/**
 * Registers a suite for embedded stores and once more for servers. Where there is no MongoDB, the second is said to be
 * not run, and fails when `KEYLEDGER_REQUIRE` contains `mongodb` or `eventstoredb`.
 */
export function describeOnBackends(suite: string, body: (kind: BackendKind) => void): void {
  describe(`${suite}, embedded`, () => body(embedded));
  const offer = process.env.MONGODB_URL ? ({ available: true } as const) : mongoServerOffer();
  if (offer.available) {
    describe(`${suite}, on servers`, () => body(servers));
    return;
  }
  const complaint = `not run: ${suite}, on servers: ${offer.reason}`;
  process.stderr.write(`\n${complaint}\n`);
  const required = /mongodb|eventstoredb/.test(process.env.KEYLEDGER_REQUIRE ?? '');
  (required ? describe : describe.skip)(`${suite}, on servers`, () => {
    it('has a MongoDB server', () => {
      throw new Error(complaint);
    });
  });
}

export { embedded };
