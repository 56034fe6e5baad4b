import { type DocumentProjection, documents, subjectIdOf } from '#event-sourcing';
import { formatMicros, parseMicros } from '#money';
import { amountText, linePicos } from '../order-amounts.js';
import { CREDIT_NOTE_ISSUED, type CreditLine, type CreditNoteIssuedData } from '../orders.events.js';

/** One document a credit note. `amount` is in its own currency, `baseRevenue` its effect in the base currency. */
export const creditNotesProjection: DocumentProjection = documents({
  name: 'credit-notes',
  version: 1,
  collection: {
    fields: {
      accountId: 'text',
      creditNoteId: 'text',
      issuedAt: 'text',
      currency: 'text',
      rate: 'text',
      amount: 'text',
      baseRevenue: 'text',
      orderId: 'text',
      returnId: 'text',
      reason: 'text',
      lines: 'json',
    },
    key: ['accountId', 'creditNoteId'],
    indexes: [['accountId', 'issuedAt', 'creditNoteId']],
  },
  events: [CREDIT_NOTE_ISSUED],
  keys: (event) => [[subjectIdOf(event), String(event.data.creditNoteId)]],
  fold(_, event, key) {
    const data = event.data as unknown as CreditNoteIssuedData;
    return {
      accountId: String(key[0]),
      creditNoteId: data.creditNoteId,
      issuedAt: event.metadata.occurredAt,
      currency: data.currency,
      rate: data.rate,
      amount: creditedAmount(data.lines),
      baseRevenue: formatMicros(parseMicros(data.baseRevenue)),
      orderId: data.orderId ?? null,
      returnId: data.returnId ?? null,
      reason: data.reason ?? null,
      lines: data.lines,
    };
  },
});

/** What the lines credit, in their own currency. */
export function creditedAmount(lines: readonly CreditLine[]): string {
  return amountText(
    lines.reduce((sum, { quantity, unitPrice }) => sum + linePicos(parseMicros(quantity), parseMicros(unitPrice)), 0n),
  );
}
