import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Body, Controller, Module, Param, Post, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus, CommandHandler, CqrsModule } from '@nestjs/cqrs';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsISO8601, IsOptional, Length, Matches, ValidateNested } from 'class-validator';
import { orderEvent } from '../data/order.js';
import { temporaryFolder } from '../folders.js';
import { AppendStore } from './append-store.js';

/**
 * What W2 is compared with besides its limit: the same route as the books write it, in Nest on Fastify with
 * ValidationPipe and the command bus, on the limit store of W1. Decorators are applied by hand: this file is not compiled.
 */

const store = new AppendStore(join(temporaryFolder(), 'nest.db'));
const revisions = new Map();

function decorate(decorators, target, property) {
  const descriptor = property === undefined ? undefined : Object.getOwnPropertyDescriptor(target, property);
  for (const decorator of decorators) decorator(target, property, descriptor);
}

function rules(type, members) {
  for (const [name, decorators] of Object.entries(members)) decorate(decorators, type.prototype, name);
}

const AMOUNT = /^(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?$/;

class Line {}
rules(Line, {
  sku: [Length(1, 64)],
  quantity: [Matches(AMOUNT)],
  unitPrice: [Matches(AMOUNT)],
  discountAmount: [IsOptional(), Matches(AMOUNT)],
  unitCost: [IsOptional(), Matches(AMOUNT)],
  description: [IsOptional(), Length(1, 500)],
});

class PlaceOrder {}
rules(PlaceOrder, {
  orderId: [IsOptional(), Length(1, 64)],
  placedAt: [IsISO8601({ strict: true })],
  currency: [Matches(/^[A-Z]{3}$/)],
  channel: [IsOptional(), Length(1, 64)],
  lines: [ArrayMinSize(1), ArrayMaxSize(5_000), ValidateNested({ each: true }), Type(() => Line)],
});

class PlaceOrderCommand {
  constructor(accountId, body) {
    this.accountId = accountId;
    this.body = body;
  }
}

class PlaceOrderHandler {
  async execute({ accountId, body }) {
    const orderId = body.orderId ?? randomUUID();
    const revision = (revisions.get(accountId) ?? -1) + 1;
    revisions.set(accountId, revision);
    const data = JSON.stringify(orderEvent(0, orderId, body));
    const position = await store.append(`account-${accountId}`, revision, 'order-placed.v1', randomUUID(), data);
    return { accountId, orderId, revision, position: String(position) };
  }
}
CommandHandler(PlaceOrderCommand)(PlaceOrderHandler);

class OrdersController {
  constructor(commandBus) {
    this.commandBus = commandBus;
  }

  placeOrder(accountId, body) {
    return this.commandBus.execute(new PlaceOrderCommand(accountId, body));
  }
}
Reflect.defineMetadata('design:paramtypes', [CommandBus], OrdersController);
Reflect.defineMetadata('design:paramtypes', [String, PlaceOrder], OrdersController.prototype, 'placeOrder');
Param('accountId')(OrdersController.prototype, 'placeOrder', 0);
Body()(OrdersController.prototype, 'placeOrder', 1);
decorate([Post(':accountId/orders')], OrdersController.prototype, 'placeOrder');
Controller('v1/accounts')(OrdersController);

class AppModule {}
Module({ imports: [CqrsModule.forRoot()], controllers: [OrdersController], providers: [PlaceOrderHandler] })(AppModule);

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: ['error', 'fatal'] });
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
await app.listen(0, '127.0.0.1');
process.once('SIGTERM', async () => {
  await app.close();
  await store.close();
});
process.stdout.write(`listening on ${await app.getUrl()}\n`);
