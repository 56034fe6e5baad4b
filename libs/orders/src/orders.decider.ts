import type { Decider, Decision } from '#event-sourcing';
import type { LedgerSettings } from '#platform';
import { cancelOrder, deliverOrder, placeOrder } from './order-decisions.js';
import { ordersSnapshot } from './order-snapshots.js';
import type { OrdersCommand } from './orders-commands.js';
import { evolveOrders, noOrders, type OrdersState } from './orders-state.js';
import { issueCreditNote, returnOrder } from './return-decisions.js';

/** Decides an account's orders, deliveries, returns, cancellations and credit notes. */
export function ordersDecider({
  baseCurrency,
}: Pick<LedgerSettings, 'baseCurrency'>): Decider<OrdersState, OrdersCommand> {
  function decide(command: OrdersCommand, state: OrdersState): Decision {
    switch (command.type) {
      case 'place-order':
        return placeOrder(command, state, baseCurrency);
      case 'deliver-order':
        return deliverOrder(command, state);
      case 'cancel-order':
        return cancelOrder(command, state);
      case 'return-order':
        return returnOrder(command, state);
      case 'issue-credit-note':
        return issueCreditNote(command, state, baseCurrency);
    }
  }
  return {
    name: 'orders',
    commands: ['place-order', 'deliver-order', 'cancel-order', 'return-order', 'issue-credit-note'],
    version: 1,
    snapshot: ordersSnapshot,
    initial: () => noOrders,
    evolve: evolveOrders,
    decide,
  };
}
