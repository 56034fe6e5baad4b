import type { FastifyInstance, FastifyReply } from 'fastify';
import type { CommandReceipt, LedgerCommand } from '../commands/ledger-command.js';
import type { LedgerRequest } from './route-decorators.js';

const FIRST_REFUSAL = 400;

/**
 * Words the receipts of commands as the answers to their requests, as they leave: an interceptor of Nest's that does the
 * same costs a request as much as its authentication and its rules of form together (ADR 0017).
 */
export function answerCommands(http: FastifyInstance): void {
  http.addHook('preSerialization', (request, reply, payload, done) => {
    const command = (request as Partial<LedgerRequest>).ledger?.command;
    const isReceipt = command !== undefined && reply.statusCode < FIRST_REFUSAL;
    done(null, isReceipt ? answerOf(command, payload as CommandReceipt, reply) : payload);
  });
}

function answerOf({ definition }: LedgerCommand, receipt: CommandReceipt, reply: FastifyReply): object {
  const { events, ids, more, replayed, revision } = receipt;
  const position = String(receipt.position);
  const { creates, makesNew = creates !== undefined } = definition;
  const made = makesNew && events.length > 0;
  void reply
    .status(made ? 201 : 200)
    .header('ETag', `"${revision}"`)
    .header('Keyledger-Position', position);
  if (replayed) void reply.header('Idempotent-Replayed', 'true');
  const answer: Record<string, unknown> = { ...ids };
  if (more !== undefined) Object.assign(answer, more);
  answer.revision = revision;
  answer.position = position;
  answer.events = events;
  return answer;
}
