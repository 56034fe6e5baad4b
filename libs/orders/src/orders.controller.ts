import { Controller, Get, Post, Put } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { Accepts, Answers, CommandOf, LedgerCommand, QueryOf } from '#platform';
import { cancelOrder } from './commands/cancel-order.js';
import { deliverOrder } from './commands/deliver-order.js';
import { issueCreditNote } from './commands/issue-credit-note.js';
import { placeOrder } from './commands/place-order.js';
import { returnOrder } from './commands/return-order.js';
import { setExchangeRate } from './commands/set-exchange-rate.js';
import { CreditNotesQuery, creditNotes } from './credit-notes.query.js';
import { ExchangeRatesQuery, exchangeRates } from './exchange-rates.query.js';
import { OrderQuery, OrdersQuery, order, orders } from './orders.queries.js';
import { RevenueQuery, revenue } from './revenue.query.js';

@ApiTags('orders')
@Controller('v1')
export class OrdersController {
  constructor(
    private readonly commandBus: CommandBus,
    private readonly queryBus: QueryBus,
  ) {}

  @Post('accounts/:accountId/orders')
  @Accepts(placeOrder)
  placeOrder(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Post('accounts/:accountId/orders/:orderId/delivery')
  @Accepts(deliverOrder)
  deliverOrder(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Post('accounts/:accountId/orders/:orderId/cancellation')
  @Accepts(cancelOrder)
  cancelOrder(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Post('accounts/:accountId/orders/:orderId/returns')
  @Accepts(returnOrder)
  returnOrder(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Post('accounts/:accountId/credit-notes')
  @Accepts(issueCreditNote)
  issueCreditNote(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Put('exchange-rates/:currency/:date')
  @Accepts(setExchangeRate)
  setExchangeRate(@CommandOf() command: LedgerCommand) {
    return this.commandBus.execute(command);
  }

  @Get('accounts/:accountId/orders')
  @Answers(orders)
  orders(@QueryOf() query: OrdersQuery) {
    return this.queryBus.execute(query);
  }

  @Get('accounts/:accountId/orders/:orderId')
  @Answers(order)
  order(@QueryOf() query: OrderQuery) {
    return this.queryBus.execute(query);
  }

  @Get('accounts/:accountId/credit-notes')
  @Answers(creditNotes)
  creditNotes(@QueryOf() query: CreditNotesQuery) {
    return this.queryBus.execute(query);
  }

  @Get('revenue')
  @Answers(revenue)
  revenue(@QueryOf() query: RevenueQuery) {
    return this.queryBus.execute(query);
  }

  @Get('exchange-rates')
  @Answers(exchangeRates)
  exchangeRates(@QueryOf() query: ExchangeRatesQuery) {
    return this.queryBus.execute(query);
  }
}
