import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contentHash, type JsonObject } from '#event-sourcing';
import { LedgerCommand, readConfig } from '#platform';
import { type Ledger, openLedger } from './ledger.js';

const AT = '2026-01-01T00:00:00.000Z';

describe('What belongs to a person', () => {
  const folder = mkdtempSync(join(tmpdir(), 'personal data-ä '));
  let ledger: Ledger;

  beforeAll(async () => {
    ledger = await openLedger(readConfig({ KEYLEDGER_DATA_DIR: folder, KEYLEDGER_BASE_CURRENCY: 'EUR' }));
    await send('register-account', {}, { accountId: 'acme', name: 'Acme', at: AT }, 'register');
  });
  afterAll(async () => {
    await ledger.close();
    rmSync(folder, { recursive: true });
  });

  function send(
    type: string,
    params: Record<string, string>,
    body: JsonObject,
    idempotencyKey: string,
    member?: string,
  ) {
    const definition = ledger.capabilities.flatMap(({ commands }) => commands).find((each) => each.type === type)!;
    const envelope = {
      actor: 'somebody',
      role: 'sales',
      source: 'test',
      correlationId: 'c',
      receivedAt: AT,
      idempotencyKey,
      ...(member === undefined ? {} : { member }),
    };
    return ledger.commands.send(new LedgerCommand(definition, params, body, envelope));
  }

  it('is not in the hash of the request, by which a repeated one is known all the same', async () => {
    const params = { accountId: 'acme' };
    const body = { contactId: 'c-1', name: 'Trillian', email: 't@example.org', at: AT };
    const first = await send('add-contact', params, body, 'k');
    expect(await send('add-contact', params, body, 'k')).toEqual({ ...first, replayed: true });
    await expect(send('add-contact', params, { ...body, name: 'Ford' }, 'k')).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    });
    const hashes: (string | undefined)[] = [];
    for await (const { metadata } of ledger.eventStore.readStream('account-acme')) hashes.push(metadata.requestHash);
    expect(hashes[1]).toEqual(expect.any(String));
    expect(hashes).not.toContain(contentHash({ body, params, type: 'add-contact' }));
  });

  it('makes no key for a command that is refused', async () => {
    const keys = async () => (await ledger.keyedStore.list('person-key')).map(({ id }) => id);
    const before = await keys();
    const body = { contactId: 'c-2', name: 'Zaphod', at: AT };
    const refused = { code: 'account-not-found' };
    await expect(send('add-contact', { accountId: 'nowhere' }, body, 'n')).rejects.toMatchObject(refused);
    await expect(send('add-contact', { accountId: 'acme' }, body, 'm', 'stranger')).rejects.toMatchObject(refused);
    expect(await keys()).toEqual(before);
  });
});
