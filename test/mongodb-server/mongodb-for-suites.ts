import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from '@jest/globals';
import { type MongoServer, mongoServerOffer, startMongoServer } from './mongodb-server.js';

/** How a suite uses its MongoDB. */
export interface MongoUse {
  /**
   * For suites that take minutes and never start it again: a server of our own keeps its data in memory, and has no
   * `restart` and `kill`.
   */
  readonly inMemory?: boolean;
}

/** A MongoDB for a suite. */
export interface MongoForSuite {
  /** With a database. */
  readonly url: string;
  /** Stops the server and starts it again on the same data and port; `undefined` where the server is not ours, or keeps nothing. */
  readonly restart: (() => Promise<void>) | undefined;
  /** Kills the server; `undefined` where it is not ours, or keeps nothing. */
  readonly kill: (() => Promise<void>) | undefined;
  readonly stop: () => Promise<void>;
}

/**
 * The server named by `MONGODB_URL`, or one of our own. Where there is neither, registers a suite that is skipped, or
 * that fails when `KEYLEDGER_REQUIRE` contains `mongodb`, and gives `undefined`.
 */
export async function mongoForSuite(
  suite: string,
  { inMemory = false }: MongoUse = {},
): Promise<MongoForSuite | undefined> {
  const given = process.env.MONGODB_URL;
  if (given !== undefined && given !== '') {
    return { url: withDatabase(given), restart: undefined, kill: undefined, stop: async () => undefined };
  }
  const offer = mongoServerOffer();
  if (offer.available) return inMemory ? ownServerInMemory() : ownServer();
  const complaint = `not run: ${suite}: ${offer.reason}`;
  if (process.env.KEYLEDGER_REQUIRE?.includes('mongodb')) {
    describe(suite, () => {
      it('has a MongoDB server', () => {
        throw new Error(complaint);
      });
    });
  } else {
    // Jest keeps the console of a suite to itself when all of it is skipped.
    process.stderr.write(`\n${complaint}\n`);
    describe.skip(suite, () => {
      it(complaint, () => undefined);
    });
  }
  return undefined;
}

/** The connection string, with a database where it names none. */
function withDatabase(url: string): string {
  return url.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)\/?(\?.*)?$/, '$1/keyledger_test$2');
}

async function ownServerInMemory(): Promise<MongoForSuite> {
  const server = await startMongoServer({ port: 0, fast: true });
  return { url: withDatabase(server.url), restart: undefined, kill: undefined, stop: () => server.stop() };
}

async function ownServer(): Promise<MongoForSuite> {
  const folder = mkdtempSync(join(tmpdir(), 'mongodb-ä b-'));
  const file = join(folder, 'mongo.mv');
  let server: MongoServer = await startMongoServer({ port: 0, file });
  const { port, url } = server;
  return {
    url: withDatabase(url),
    async restart() {
      await server.stop();
      server = await startMongoServer({ port, file });
    },
    kill: () => server.kill(),
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
