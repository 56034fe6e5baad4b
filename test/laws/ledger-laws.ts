import fc from 'fast-check';
import { ZonedCalendar } from '#calendar';
import { projectionLaws } from '#event-sourcing-testing';
import { CAPABILITY_LIST, eventTypes, projectionsOf } from '#ledger';
import { ledgerHistory } from './ledger-history.js';
import type { ReusedReadStore } from './reused-read-stores.js';

export const registry = eventTypes();
/** Every read model of the product. */
export const projections = projectionsOf(
  { calendar: new ZonedCalendar('Europe/Berlin'), baseCurrency: 'EUR', policyApproval: 'none' },
  registry,
);
const typesByCapability = CAPABILITY_LIST.map(({ events }) => events.types).filter((own) => own.length > 0);

/** Facts of a few capabilities, so that those of one stream, order or contact meet often. */
export const history = fc
  .subarray(typesByCapability, { minLength: 1, maxLength: 3 })
  .chain((chosen) => ledgerHistory([...new Set(chosen.flat())]));

/** The laws of projections, in which every history goes through every read model of the product. */
export function ledgerLaws(storeName: string, store: ReusedReadStore): void {
  projectionLaws(`All read models on ${storeName}`, projections, history, () => store.open(), { registry });
}
