import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type DomainEvent, isRejection } from '#event-sourcing';
import { parseMicros } from '#money';
import { ordersDecider } from './orders.decider.js';
import type { OrdersCommand, ReturnOrderCommand } from './orders-commands.js';

const decider = ordersDecider({ baseCurrency: 'CNY' });
const PLACED_AT = '2026-01-10T08:00:00.000Z';
const RETURNED_AT = '2026-02-01T08:00:00.000Z';

function takeBack(changed: Pick<ReturnOrderCommand['data'], 'returnId' | 'lines'>): ReturnOrderCommand {
  return { type: 'return-order', data: { orderId: 'o-1', returnedAt: RETURNED_AT, ...changed } };
}

describe('whatever happens to an order', () => {
  const micros = fc
    .bigInt({ min: 1n, max: 20_000_000n })
    .map((value) => (Number(value) / 1e6).toFixed(6).replace(/\.?0+$/, ''));
  const orderedLines = fc.array(
    fc.record({ sku: fc.constant('S'), quantity: micros, unitPrice: micros, unitCost: micros }),
    { minLength: 1, maxLength: 4 },
  );
  const rate = fc.constantFrom('1.3', '7.812345678901', '0.000123456789');

  function eventsOf(commands: readonly OrdersCommand[]): DomainEvent[] {
    const events: DomainEvent[] = [];
    let state = decider.initial();
    for (const command of commands) {
      const decision = decider.decide(command, state, { now: RETURNED_AT, actor: 'a', role: 'sales' });
      if (isRejection(decision)) continue;
      for (const event of decision) {
        state = decider.evolve(state, event);
        events.push(event);
      }
    }
    return events;
  }

  function sum(events: readonly DomainEvent[], field: 'baseRevenue' | 'baseCost'): bigint {
    return events.reduce((total, { data }) => total + parseMicros(String(data[field])), 0n);
  }

  const parts = fc.array(fc.record({ lineNo: fc.integer({ min: 1, max: 5 }), quantity: micros }), { maxLength: 12 });

  it('returns and a cancellation together come to nothing, to the last digit', () => {
    fc.assert(
      fc.property(orderedLines, rate, parts, (lines, rate, parts) => {
        const events = eventsOf([
          { type: 'place-order', data: { orderId: 'o-1', placedAt: PLACED_AT, currency: 'EUR', rate, lines } },
          ...parts.map((line, index) => takeBack({ returnId: `r-${index}`, lines: [line] })),
          {
            type: 'cancel-order',
            data: { orderId: 'o-1', cancelledAt: '2026-02-02T00:00:00.000Z', reason: 'No need' },
          },
        ]);
        expect(events.at(-1)?.type).toBe('order-cancelled.v1');
        expect(sum(events, 'baseRevenue')).toBe(0n);
        expect(sum(events, 'baseCost')).toBe(0n);
      }),
    );
  });

  it('returns of all of it come to its revenue and its cost', () => {
    fc.assert(
      fc.property(orderedLines, rate, parts, (lines, rate, parts) => {
        const placed: OrdersCommand = {
          type: 'place-order',
          data: { orderId: 'o-1', placedAt: PLACED_AT, currency: 'EUR', rate, lines },
        };
        const some = parts.map((line, index) => takeBack({ returnId: `r-${index}`, lines: [line] }));
        const returnedOf = new Map<number, bigint>();
        for (const { type, data } of eventsOf([placed, ...some])) {
          if (type !== 'order-returned.v1') continue;
          for (const { lineNo, quantity } of data.lines as { lineNo: number; quantity: string }[]) {
            returnedOf.set(lineNo, (returnedOf.get(lineNo) ?? 0n) + parseMicros(quantity));
          }
        }
        const rest = lines.flatMap(({ quantity }, index) => {
          const left = parseMicros(quantity) - (returnedOf.get(index + 1) ?? 0n);
          return left === 0n
            ? []
            : [{ lineNo: index + 1, quantity: `${left / 1_000_000n}.${String(left % 1_000_000n).padStart(6, '0')}` }];
        });
        const events = eventsOf([placed, ...some, takeBack({ returnId: 'rest', lines: rest })]);
        expect(sum(events, 'baseRevenue')).toBe(0n);
        expect(sum(events, 'baseCost')).toBe(0n);
      }),
    );
  });
});
