import { Readable } from 'node:stream';
import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { from, Observable, of, switchMap } from 'rxjs';
import { formatDate } from '#calendar';
import { contentHash, type JsonObject } from '#event-sourcing';
import type { LedgerSettings } from '../ledger/ledger-settings.js';
import { LEDGER_SETTINGS } from '../ledger/tokens.js';
import { cursorText, parseCursor } from '../queries/cursor-text.js';
import type { ListAnswer } from '../queries/list.js';
import { csvOf, ndjsonOf } from '../queries/list-export.js';
import type { ListParameters, QueryDefinition } from '../queries/query-definition.js';
import type { PositionedReading } from '../queries/read-progress.js';
import { ServedReadModels } from '../queries/served-read-models.js';
import { type LedgerRequest, QUERY_ROUTE } from './route-decorators.js';

const DEFAULT_LIMIT = 50;

type Parameters = ListParameters & JsonObject;

/** Gives the answer to a question its form: one page as JSON, or the whole list as CSV or NDJSON. */
@Injectable()
export class QueryAnswerInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
    private readonly served: ServedReadModels,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<LedgerRequest>();
    const reply = http.getResponse<FastifyReply>();
    const { reading, query } = request.ledger;
    if (reading === undefined || query === undefined) throw new Error('the guard has not read the question');
    const definition = this.reflector.get<QueryDefinition>(QUERY_ROUTE, context.getHandler());
    void reply.header('Keyledger-Position', String(reading.position)).header('Vary', 'Accept, Authorization');
    const answered = new Observable<unknown>((subscriber) =>
      this.served.within(reading, () => next.handle().subscribe(subscriber)),
    );
    if (definition.form === 'object') return answered;
    const today = formatDate(this.settings.calendar.dayOfText(request.ledger.receivedAt));
    const type = preferredType(request.headers.accept);
    return answered.pipe(
      switchMap((answer) => {
        const list = answer as ListAnswer<object>;
        if (type === 'text/csv') {
          void reply.type('text/csv; charset=utf-8; header=present');
          return of(Readable.from(this.served.eachWithin(reading, csvOf(list))));
        }
        if (type === 'application/x-ndjson') {
          void reply.type('application/x-ndjson; charset=utf-8');
          return of(Readable.from(this.served.eachWithin(reading, ndjsonOf(list))));
        }
        return from(
          this.served.within(reading, () => pageOf(list, definition, query.parameters as Parameters, reading, today)),
        );
      }),
    );
  }
}

async function pageOf(
  answer: ListAnswer<object>,
  definition: QueryDefinition,
  parameters: Parameters,
  { position }: PositionedReading,
  today: string,
): Promise<object> {
  const { cursor, limit = DEFAULT_LIMIT, ...filters } = parameters;
  const list = contentHash([definition.query.name, filters]);
  const after = cursor === undefined ? undefined : parseCursor(list, cursor, answer.cursor);
  const { items, next } = await answer.page(after, limit);
  return {
    items,
    ...answer.beside,
    nextCursor: next === undefined ? null : cursorText(list, next),
    position: String(position),
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
