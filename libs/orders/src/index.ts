export { issueCreditNote } from './commands/issue-credit-note.js';
export { placeOrder } from './commands/place-order.js';
export { setExchangeRate } from './commands/set-exchange-rate.js';
export { type ExchangeRates, foldRate, noRates, rateOn } from './exchange-rates.js';
export { orderMetrics } from './order-metric-source.js';
export { ordersCapability } from './orders.capability.js';
export * from './orders.events.js';
export { OrdersModule } from './orders.module.js';
