import type { Capability } from '#platform';
import { cancelOrder } from './commands/cancel-order.js';
import { deliverOrder } from './commands/deliver-order.js';
import { issueCreditNote } from './commands/issue-credit-note.js';
import { placeOrder } from './commands/place-order.js';
import { returnOrder } from './commands/return-order.js';
import { setExchangeRate } from './commands/set-exchange-rate.js';
import { exchangeRatesDecider } from './exchange-rates.decider.js';
import { orderMetrics } from './order-metric-source.js';
import { ordersDecider } from './orders.decider.js';
import { ordersEvents } from './orders.events.js';
import { creditNotesProjection } from './projections/credit-notes.projection.js';
import { deliveriesProjection } from './projections/deliveries.projection.js';
import { exchangeRatesProjection } from './projections/exchange-rates.projection.js';
import { orderYearsProjection } from './projections/order-years.projection.js';
import { ordersProjection } from './projections/orders.projection.js';
import { revenueDaysProjection } from './projections/revenue-days.projection.js';

/** Orders, deliveries, returns, cancellations, credit notes, and the exchange rates they are booked at. */
export const ordersCapability: Capability = {
  name: 'orders',
  events: ordersEvents,
  deciders: [
    { subject: 'account', decider: ordersDecider },
    { subject: 'settings', decider: exchangeRatesDecider },
  ],
  commands: [placeOrder, deliverOrder, cancelOrder, returnOrder, issueCreditNote, setExchangeRate],
  projections: ({ calendar }) => [
    ordersProjection,
    creditNotesProjection,
    orderYearsProjection(calendar),
    deliveriesProjection(calendar),
    revenueDaysProjection(calendar),
    exchangeRatesProjection,
  ],
  metrics: (settings, readStore) => orderMetrics(settings, readStore),
};
