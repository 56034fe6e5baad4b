import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { CommandReceipt } from '../commands/ledger-command.js';
import type { LedgerRequest } from './route-decorators.js';

/** Words the receipt of a command as the answer to its request. */
@Injectable()
export class CommandAnswerInterceptor implements NestInterceptor<CommandReceipt, object> {
  intercept(context: ExecutionContext, next: CallHandler<CommandReceipt>): Observable<object> {
    const http = context.switchToHttp();
    const { command } = http.getRequest<LedgerRequest>().ledger;
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(
      map(({ events, ids, more, position, replayed, revision }) => {
        const { creates, makesNew = creates !== undefined } = command?.definition ?? {};
        const made = makesNew && events.length > 0;
        void reply
          .status(made ? 201 : 200)
          .header('ETag', `"${revision}"`)
          .header('Keyledger-Position', String(position));
        if (replayed) void reply.header('Idempotent-Replayed', 'true');
        return { ...ids, ...more, revision, position: String(position), events };
      }),
    );
  }
}
