import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');

const FOLD = 'Deciders, events and projections import';
const INPUT = 'No clock, no chance, no environment in a fold';
const SETTINGS = 'Of #platform a fold may name the type LedgerSettings';
const GLOBAL = 'Do not use the global variable';
const PATH = 'Another library is named by its entry';
const INSIDES = 'What a library offers';
const TESTS = 'Product code never depends on what tests it';
const PORTS = 'A capability reaches stores through the ports';
const COMPOSES = 'The ledger composes the capabilities';
const MACHINERY = 'The machinery is pure TypeScript';
const ADAPTER = 'An adapter knows its driver and the ports';
const PLATFORM = 'The platform knows no capability';
const CONTROLLER = 'A controller hands commands and queries to the buses';
const ALONE = 'Money and calendar stand alone';
const KITS = 'The kits for tests know the machinery';

const decider = 'libs/orders/src/orders.decider.ts';
const events = 'libs/orders/src/orders.events.ts';
const projection = 'libs/orders/src/projections/order-metrics.projection.ts';
const handler = 'libs/orders/src/orders.queries.ts';
const controller = 'libs/orders/src/orders.controller.ts';
const machinery = 'libs/event-sourcing/src/event.ts';
const adapter = 'libs/read-store-mongodb/src/mongo-read-store.ts';
const platform = 'libs/platform/src/http/requests.ts';
const app = 'apps/api/src/main.ts';
const ledger = 'libs/ledger/src/open-stores.ts';
const spec = 'libs/orders/src/orders.decider.spec.ts';
const suite = 'test/e2e/orders.e2e.ts';

/** What must be refused: a file, its text, and how the refusal begins. */
const refused: readonly [file: string, text: string, refusal: string][] = [
  [decider, `import { Injectable } from '@nestjs/common';`, FOLD],
  [decider, `import type { Injectable } from '@nestjs/common';`, FOLD],
  [decider, `import { randomUUID } from 'node:crypto';`, FOLD],
  [decider, `export const crypto = await import('node:crypto');`, FOLD],
  [decider, `export * from 'mongodb';`, FOLD],
  [decider, `import 'reflect-metadata';`, FOLD],
  [decider, `import { accountsDecider } from '#accounts';`, FOLD],
  [decider, `import { orderOf } from '#event-sourcing-testing';`, FOLD],
  [decider, `import { READ_STORE } from '#platform';`, SETTINGS],
  [decider, `import * as platform from '#platform';`, SETTINGS],
  [decider, `import { place } from '../../accounts/src/accounts.decider.js';`, PATH],
  [decider, `export const now = new Date();`, INPUT],
  [decider, `export const now = Date.now();`, INPUT],
  [decider, `export const clock = Date.now;`, INPUT],
  [decider, `export const chance = Math.random();`, INPUT],
  [decider, `export const zone = process.env.TZ;`, INPUT],
  [decider, `export const id = crypto.randomUUID();`, GLOBAL],
  [decider, `export const now = performance.now();`, GLOBAL],
  [decider, `export const answer = fetch('http://127.0.0.1');`, GLOBAL],
  [decider, `setTimeout(() => undefined, 1);`, GLOBAL],
  [decider, `export const fs = require('node:fs');`, GLOBAL],
  [events, `import { IsText } from '#platform';`, SETTINGS],
  [events, `import { IsIn } from 'class-validator';`, FOLD],
  [events, `export const ORDER_PLACED = \`order-placed.\${Math.random()}\`;`, INPUT],
  [projection, `import { ReadStore } from '#read-store-sqlite';`, FOLD],
  [projection, `import { readFileSync } from 'node:fs';`, FOLD],
  [projection, `import { QueryBus } from '@nestjs/cqrs';`, FOLD],
  [projection, `import { visits } from '#engagement';`, FOLD],
  [projection, `export const today = () => new Date();`, INPUT],
  [handler, `import { accounts } from '../../accounts/src/index.js';`, PATH],
  [handler, `import { expected } from '../../../../shared/data/expected.js';`, PATH],
  [handler, `import { main } from '../../../apps/api/src/main.js';`, PATH],
  [handler, `import { server } from '../../../test/mongodb-server/mongodb-server.js';`, PATH],
  [handler, `import { accounts } from '#accounts/accounts.decider';`, INSIDES],
  [handler, `import { given } from '#event-sourcing-testing';`, TESTS],
  [handler, `import { StandIn } from '#test/eventstoredb-stand-in/protocol';`, INSIDES],
  [handler, `import { MongoClient } from 'mongodb';`, PORTS],
  [handler, `import { SqliteReadStore } from '#read-store-sqlite';`, PORTS],
  [handler, `import { openDatabase } from '#sqlite';`, PORTS],
  [handler, `import { CAPABILITY_LIST } from '#ledger';`, COMPOSES],
  [controller, `import { READ_STORE } from '#platform';`, CONTROLLER],
  [machinery, `import { Inject } from '@nestjs/common';`, MACHINERY],
  [machinery, `import { readFileSync } from 'node:fs';`, MACHINERY],
  [machinery, `import { MongoClient } from 'mongodb';`, MACHINERY],
  [machinery, `import { formatMicros } from '#money';`, MACHINERY],
  [machinery, `export const now = () => Date.now();`, INPUT],
  [adapter, `import { ordersCapability } from '#orders';`, ADAPTER],
  [adapter, `import { ORDER_PLACED } from '#orders/events';`, ADAPTER],
  [adapter, `import { CLOCK } from '#platform';`, ADAPTER],
  [adapter, `import { Injectable } from '@nestjs/common';`, ADAPTER],
  [platform, `import { ordersCapability } from '#orders';`, PLATFORM],
  [platform, `import { ORDER_PLACED } from '#orders/events';`, PLATFORM],
  [platform, `import { given } from '#event-sourcing-testing';`, TESTS],
  ['libs/money/src/decimal.ts', `import { CLOCK } from '#platform';`, ALONE],
  ['libs/calendar/src/instant.ts', `export const now = Date.now();`, INPUT],
  ['libs/event-sourcing-testing/src/laws.ts', `import { ordersCapability } from '#orders';`, KITS],
  [ledger, `import { given } from '#event-sourcing-testing';`, TESTS],
  [app, `import { given } from '#event-sourcing-testing';`, TESTS],
  [app, `import { orders } from '../../../libs/orders/src/index.js';`, PATH],
  [spec, `import { accounts } from '../../accounts/src/accounts.decider.js';`, PATH],
  [suite, `import { orders } from '../../libs/orders/src/orders.decider.js';`, PATH],
];

/** What must pass: the same places, doing what they may. */
const allowed: readonly [file: string, text: string][] = [
  [
    decider,
    `import { Map as ImmutableMap } from 'immutable';
import { ACCOUNT_LOST } from '#accounts/events';
import type { ZonedCalendar } from '#calendar';
import { reject } from '#event-sourcing';
import { parseMicros } from '#money';
import type { LedgerSettings } from '#platform';
import { ORDER_PLACED } from './orders.events.js';

export const placed = (at: string, settings: LedgerSettings, calendar: ZonedCalendar) => [
  new Date(at), Date.parse(at), Math.floor(2.5), ImmutableMap(), ACCOUNT_LOST, reject, parseMicros, ORDER_PLACED, settings, calendar,
];`,
  ],
  [
    events,
    `import type { DomainEvent } from '#event-sourcing';
export type OrderPlaced = DomainEvent<'order-placed.v1', object>;`,
  ],
  [
    projection,
    `import { documents } from '#event-sourcing';
import { formatMicros } from '#money';
import { ORDER_PLACED } from '../orders.events.js';
export const orderMetrics = [documents, formatMicros, ORDER_PLACED];`,
  ],
  [
    handler,
    `import { Inject } from '@nestjs/common';
import { accountName } from '#accounts';
import { ACCOUNT_LOST } from '#accounts/events';
import type { ReadStore } from '#event-sourcing';
import { READ_STORE } from '#platform';
export const now = () => [new Date(), Inject, accountName, ACCOUNT_LOST, READ_STORE] as unknown as ReadStore;`,
  ],
  [controller, `import { Accepts } from '#platform';\nexport const accepts = Accepts;`],
  [
    machinery,
    `import { createHash } from 'node:crypto';\nimport { LRUCache } from 'lru-cache';\nexport const hash = [createHash, LRUCache];`,
  ],
  [
    adapter,
    `import { MongoClient } from 'mongodb';\nimport { checked } from '#event-sourcing';\nexport const store = [MongoClient, checked];`,
  ],
  [platform, `import { SqliteEventStore } from '#event-store-sqlite';\nexport const store = SqliteEventStore;`],
  [
    ledger,
    `import { SqliteEventStore } from '#event-store-sqlite';\nimport { ordersCapability } from '#orders';\nexport const parts = [SqliteEventStore, ordersCapability];`,
  ],
  [app, `import { ordersCapability } from '#orders';\nexport const capabilities = [ordersCapability];`],
  [
    spec,
    `import { given } from '#event-sourcing-testing';\nimport { SqliteReadStore } from '#read-store-sqlite';\nexport const used = [given, SqliteReadStore, Date.now()];`,
  ],
  [suite, `import { StandIn } from '#test/eventstoredb-stand-in/protocol';\nexport const standIn = StandIn;`],
];

interface Report {
  readonly diagnostics: readonly {
    readonly severity: string;
    readonly message: string;
    readonly location: { readonly path: string };
  }[];
}

describe('the linter keeps the rules of the house', () => {
  let folder: string;
  let messages: ReadonlyMap<string, readonly string[]>;

  /** The case's file, in a tree of its own below the folder where the globs of the rules match it. */
  const fileOf = (name: string, index: number, file: string) => file.replace(/([^/]+)$/, `${name}-${index}-$1`);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'keyledger-import-rules-'));
    for (const name of [
      'biome.json',
      'test/architecture/import-rules.json',
      'test/architecture/no-ambient-input.grit',
    ]) {
      cpSync(join(root, name), join(folder, name));
    }
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `${text}\n`);
    };
    refused.forEach(([file, text], index) => {
      write(fileOf('refused', index, file), text);
    });
    allowed.forEach(([file, text], index) => {
      write(fileOf('allowed', index, file), text);
    });

    const run = spawnSync(
      process.execPath,
      [biome, 'lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '.'],
      { cwd: folder, encoding: 'utf8' },
    );
    const report: Report = JSON.parse(run.stdout);
    const found = new Map<string, string[]>();
    for (const { severity, message, location } of report.diagnostics) {
      if (severity !== 'error') continue;
      const path = location.path.replaceAll('\\', '/');
      found.set(path, [...(found.get(path) ?? []), message]);
    }
    messages = found;
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(refused.map(([file, text, refusal], index) => ({ file, text, refusal, index })))(
    'refuses in $file: $text',
    ({ file, refusal, index }) => {
      expect(messages.get(fileOf('refused', index, file))).toContainEqual(expect.stringContaining(refusal));
    },
  );

  test.each(allowed.map(([file], index) => ({ file, index })))('lets $file do what it may', ({ file, index }) => {
    expect(messages.get(fileOf('allowed', index, file)) ?? []).toEqual([]);
  });
});
