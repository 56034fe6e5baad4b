import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { expect, it } from '@jest/globals';
import { describeWithSharedData, SHARED_DATA } from '#test/e2e/shared-data';
import { RecordingSender } from '../testing/import-doubles.js';
import { run } from '../testing/order-files.js';
import { parseImportMap } from './mapping/parse-import-map.js';

interface SentDocument {
  readonly orderId?: string;
  readonly creditNoteId?: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: string; readonly unitPrice: string }[];
}

const RETAIL = join(SHARED_DATA, 'online-retail', 'online_retail_2010-12_2011-12.csv.gz');

describeWithSharedData('the first 200 lines of Online Retail', () => {
  it('come out as the orders and credit notes that a plain reading of them gives', async () => {
    const map = parseImportMap(
      JSON.parse(await readText(join(import.meta.dirname, '..', '..', '..', 'samples', 'online-retail.map.json'))),
      'orders',
    );
    // Lines with quoted cells are left out, so that the others can be split at the commas.
    const lines = (await firstLines(RETAIL, 200)).filter((line) => !line.includes('"'));
    const sender = new RecordingSender();
    const { answer } = await run(sender, `${lines.join('\n')}\n`, { map });

    const rows = lines.slice(1).map((line) => line.split(','));
    expect(rows.length).toBeGreaterThan(150);
    const expected = new Map<string, [string, string][]>();
    for (const [invoice = '', sku = '', , quantity = '', , price = '', customer = ''] of rows) {
      const key = `${customer}/${invoice}`;
      expected.set(key, [...(expected.get(key) ?? []), [sku, `${quantity.replace('-', '')}×${price}`]]);
    }
    expect(answer).toMatchObject({
      rows: rows.length,
      documents: { accepted: expected.size, skipped: 0, rejected: 0 },
    });
    const sent = new Map(
      sender.sent
        .filter(({ type }) => type !== 'ensure-account')
        .map(({ body, params, type }) => {
          const { creditNoteId, lines, orderId } = body as SentDocument;
          const id = type === 'place-order' ? orderId : creditNoteId;
          const shown = lines.map((line) => [line.sku, `${line.quantity}×${line.unitPrice}`]);
          return [`${params.accountId}/${id}`, shown];
        }),
    );
    expect(sent).toEqual(expected);
    expect(sender.sentOf('issue-credit-note').length).toBeGreaterThan(0);
  });
});

async function readText(path: string): Promise<string> {
  let text = '';
  for await (const piece of createReadStream(path, 'utf8')) text += piece;
  return text;
}

async function firstLines(path: string, count: number): Promise<string[]> {
  const lines: string[] = [];
  const file = createReadStream(path);
  for await (const line of createInterface({ input: file.pipe(createGunzip()) })) {
    if (lines.push(line) === count) break;
  }
  file.destroy();
  return lines;
}
