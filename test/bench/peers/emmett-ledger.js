import { CommandHandler } from '@event-driven-io/emmett';
import { getSQLiteEventStore, sqliteConnection } from '@event-driven-io/emmett-sqlite';

/**
 * The peer's way to place an order: read the stream, decide, append. Its SQLite store is correct only when one command
 * at a time uses a connection (a second transaction joins the first one's), so commands take turns.
 */
export class EmmettLedger {
  #connection;
  #store;
  #handle = CommandHandler({
    evolve: (orders, { data }) => {
      orders.add(data.orderId);
      return orders;
    },
    initialState: () => new Set(),
  });
  #turn = Promise.resolve();

  /** @param {string} file */
  constructor(file) {
    this.#connection = sqliteConnection({ fileName: file });
    this.#store = getSQLiteEventStore({
      fileName: file,
      connectionOptions: { singleton: true, connection: this.#connection },
    });
  }

  get store() {
    return this.#store;
  }

  placeOrder(accountId, data) {
    const place = () =>
      this.#handle(this.#store, `account-${accountId}`, (orders) => {
        if (orders.has(data.orderId)) throw new Error('there is such an order');
        return [{ type: 'order-placed', data }];
      });
    const done = this.#turn.then(place);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  execute(sql) {
    return this.#connection.command(sql);
  }

  close() {
    this.#connection.close();
  }
}
