import { ZonedCalendar } from '#calendar';
import { Importer, type ImportRequest, type ImportResult } from '#imports';
import { ENVELOPE, fileOf, type RecordingSender } from './import-doubles.js';

const UTC = new ZonedCalendar('UTC');
export const ORDER_COLUMNS = 'accountId,orderId,placedAt,currency,sku,quantity,unitPrice';
export const AT = '2026-03-01T10:00:00Z';

/** Imports a text, as orders in CSV unless told otherwise. */
export function run(
  sender: RecordingSender,
  text: string,
  request: Partial<ImportRequest> = {},
): Promise<ImportResult> {
  return new Importer(sender, UTC).run({
    kind: 'orders',
    format: 'csv',
    source: fileOf(text, 1_000),
    dryRun: false,
    onError: 'skip',
    envelope: ENVELOPE,
    ...request,
  });
}

export const orders = (...rows: string[]) => `${[ORDER_COLUMNS, ...rows].join('\n')}\n`;
export const order = (account: string, id: string, quantity = '1') => `${account},${id},${AT},EUR,sku,${quantity},2.5`;
