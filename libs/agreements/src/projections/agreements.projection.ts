import { type Document, documents, type Projection, subjectIdOf } from '#event-sourcing';
import {
  AGREEMENT_LAPSED,
  AGREEMENT_SIGNED,
  type AgreementLapsedData,
  type AgreementSignedData,
} from '../agreements.events.js';

/**
 * One document an agreement. Dates and instants are texts of fixed width, which sort as what they stand for. Whether it
 * is in force on a day is not stored: `inForceOn` tells it from the dates, for any day.
 */
export const agreementsProjection: Projection = documents({
  name: 'agreements',
  version: 1,
  collection: {
    fields: {
      accountId: 'text',
      agreementId: 'text',
      signedAt: 'text',
      start: 'text',
      end: 'text',
      lapsedAt: 'text',
      lapseReason: 'text',
      terms: 'json',
    },
    key: ['accountId', 'agreementId'],
    indexes: [['end']],
  },
  events: [AGREEMENT_SIGNED, AGREEMENT_LAPSED],
  keys: (event) => [[subjectIdOf(event), String(event.data.agreementId)]],
  fold(document, event, key): Document {
    const { occurredAt } = event.metadata;
    if (event.type === AGREEMENT_SIGNED) {
      const { agreementId, start, end, terms } = event.data as unknown as AgreementSignedData;
      return {
        accountId: String(key[0]),
        agreementId,
        signedAt: occurredAt,
        start,
        end,
        lapsedAt: null,
        lapseReason: null,
        terms,
      };
    }
    if (document === undefined) throw new Error(`an agreement lapsed that was not signed: ${key.join(', ')}`);
    const { reason } = event.data as unknown as AgreementLapsedData;
    return { ...document, lapsedAt: occurredAt, lapseReason: reason ?? null };
  },
});
