import { Readable } from 'node:stream';
import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { from, type Observable, switchMap } from 'rxjs';
import { formatDate } from '#calendar';
import { contentHash, type JsonObject } from '#event-sourcing';
import type { LedgerSettings } from '../ledger/ledger-settings.js';
import { LEDGER_SETTINGS } from '../ledger/tokens.js';
import { cursorText, parseCursor } from '../queries/cursor-text.js';
import type { ListAnswer } from '../queries/list.js';
import { csvOf, ndjsonOf } from '../queries/list-export.js';
import type { ListParameters, QueryDefinition } from '../queries/query-definition.js';
import { type LedgerRequest, QUERY_ROUTE } from './route-decorators.js';

const DEFAULT_LIMIT = 50;

/** Gives the answer to a question its form: one page as JSON, or the whole list as CSV or NDJSON. */
@Injectable()
export class QueryAnswerInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<LedgerRequest>();
    const reply = http.getResponse<FastifyReply>();
    const definition = this.reflector.get<QueryDefinition>(QUERY_ROUTE, context.getHandler());
    void reply
      .header('Keyledger-Position', String(request.ledger.position ?? 0n))
      .header('Vary', 'Accept, Authorization');
    if (definition.form === 'object') return next.handle();
    const today = formatDate(this.settings.calendar.dayOfText(request.ledger.receivedAt));
    return next
      .handle()
      .pipe(switchMap((answer: ListAnswer<object>) => from(listAnswer(request, reply, definition, answer, today))));
  }
}

async function listAnswer(
  request: LedgerRequest,
  reply: FastifyReply,
  definition: QueryDefinition,
  answer: ListAnswer<object>,
  today: string,
): Promise<unknown> {
  const parameters = (request.ledger.query?.parameters ?? {}) as ListParameters & JsonObject;
  const { cursor, limit = DEFAULT_LIMIT, ...filters } = parameters;
  const type = preferredType(request.headers.accept);
  if (type === 'text/csv') {
    void reply.type('text/csv; charset=utf-8; header=present');
    return Readable.from(csvOf(answer));
  }
  if (type === 'application/x-ndjson') {
    void reply.type('application/x-ndjson; charset=utf-8');
    return Readable.from(ndjsonOf(answer));
  }
  const list = contentHash([definition.query.name, filters]);
  const { items, next } = await answer.page(cursor === undefined ? undefined : parseCursor(list, cursor), limit);
  return {
    items,
    ...answer.beside,
    nextCursor: next === undefined ? null : cursorText(list, next),
    position: String(request.ledger.position ?? 0n),
    asOf: answer.asOf ?? today,
  };
}

/** The first of the exports that is asked for, where JSON is not asked for before it. */
function preferredType(accept = ''): string {
  const types = accept.split(',').map((part) => part.split(';', 1)[0]?.trim().toLowerCase());
  return (
    types.find((type) => type === 'text/csv' || type === 'application/x-ndjson' || type === 'application/json') ??
    'application/json'
  );
}
