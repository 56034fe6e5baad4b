import { Inject, Module } from '@nestjs/common';
import type { ReadStore } from '#event-sourcing';
import { LEDGER_SETTINGS, type LedgerSettings, PortraitRegistry, READ_STORE } from '#platform';
import { CreditNotesHandler } from './credit-notes.query.js';
import { ExchangeRatesHandler } from './exchange-rates.query.js';
import { OrdersController } from './orders.controller.js';
import { ordersPart } from './orders.portrait.js';
import { OrderHandler, OrdersHandler } from './orders.queries.js';
import { RevenueHandler } from './revenue.query.js';

@Module({
  controllers: [OrdersController],
  providers: [OrdersHandler, OrderHandler, CreditNotesHandler, RevenueHandler, ExchangeRatesHandler],
})
export class OrdersModule {
  constructor(
    registry: PortraitRegistry,
    @Inject(READ_STORE) readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) settings: LedgerSettings,
  ) {
    registry.addPart(ordersPart(settings, readStore));
  }
}
