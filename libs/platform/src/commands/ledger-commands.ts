import { hash, randomUUID } from 'node:crypto';
import { formatInstant, parseInstant } from '#calendar';
import {
  AppendOutcomeUnknown,
  type CommandExecutor,
  type CommandOutcome,
  type CommandRequest,
  Contended,
  contentHash,
  type JsonObject,
  type Rejection,
  reject,
  StoreUnavailable,
  type StreamView,
} from '#event-sourcing';
import type { LedgerSettings } from '../ledger/ledger-settings.js';
import type { PersonalData } from '../ledger/personal-data.js';
import { Problem } from '../problems/problem.js';
import type { CommandDefinition, Subject } from './command-definition.js';
import type { CommandReceipt, CommandSender, LedgerCommand } from './ledger-command.js';

export interface LedgerCommandsOptions {
  readonly executor: CommandExecutor;
  readonly settings: LedgerSettings;
  readonly personalData: PersonalData;
  /** What the preparation of a command may ask for: see CommandPreparation. */
  rateOn(currency: string, day: number): Promise<string | Rejection>;
  /** Whether the team of the account, as the commands' own states have it, holds the member. */
  holdsMember(account: StreamView, member: string): boolean;
}

/** Of the stream's subject and of the thing made, by the names of their fields. */
type Ids = Readonly<Record<string, string>>;

const FUTURE_TOLERANCE = 24 * 3_600_000;
const REJECTION_STATUS = { rule: 422, 'not-found': 404, conflict: 409, forbidden: 403 } as const;
const RETRY_SOON = { 'Retry-After': '1' };

/** Takes commands to their streams: completes their data, has them executed, and words what became of them. */
export class LedgerCommands implements CommandSender {
  constructor(private readonly options: LedgerCommandsOptions) {}

  async send(command: LedgerCommand): Promise<CommandReceipt> {
    const { definition, params, body } = command;
    checkPath(params, body);
    const ids = idsOf(command);
    const given = dataOf(command, ids);
    try {
      const sealed = new Map<string, string>();
      const data = definition.prepare === undefined ? given : await this.#prepared(command, given, ids, sealed);
      const outcome = await this.options.executor.execute(this.#requestOf(command, data, ids, sealed));
      return receiptOf(definition, ids, data, outcome);
    } catch (error) {
      throw worded(error);
    }
  }

  /** @param sealed gets the fields that are sealed, with their ciphertexts */
  async #prepared(
    command: LedgerCommand,
    data: JsonObject,
    ids: Ids,
    sealed: Map<string, string>,
  ): Promise<JsonObject> {
    const { settings, personalData, rateOn } = this.options;
    const { definition } = command;
    let admitted: Promise<void> | undefined;
    const prepared = await definition.prepare?.(data, {
      settings,
      now: command.envelope.receivedAt,
      subjectId: ids[`${definition.subject}Id`] ?? '',
      rateOn,
      seal: async (personId, field, text) => {
        admitted ??= this.#admitted(command, ids);
        await admitted;
        const ciphertext = await personalData.seal(personId, field, text);
        sealed.set(field, ciphertext);
        return ciphertext;
      },
    });
    if (prepared === undefined) return data;
    if (isRejected(prepared)) throw rejectionProblem(prepared);
    return prepared;
  }

  /** Whoever is refused anyway leaves no key of a person behind. @throws Problem */
  async #admitted(command: LedgerCommand, ids: Ids): Promise<void> {
    const view = await this.options.executor.view(streamOf(command.definition, ids));
    const rejection = this.#guard(command, view, ids);
    if (rejection !== undefined) throw rejectionProblem(rejection);
  }

  #requestOf(command: LedgerCommand, data: JsonObject, ids: Ids, sealed: ReadonlyMap<string, string>): CommandRequest {
    const { definition, envelope, params, body } = command;
    const { actor, correlationId, expectedRevision, idempotencyKey, member, receivedAt, role, source, traceparent } =
      envelope;
    const context = { now: receivedAt, actor, role };
    const request: { -readonly [Member in keyof CommandRequest]: CommandRequest[Member] } = {
      stream: streamOf(definition, ids),
      command: { type: definition.type, data },
      context: member === undefined ? context : { ...context, member },
      requestId: randomUUID(),
      correlationId,
      source,
      guard: (view) => this.#guard(command, view, ids),
    };
    if (traceparent !== undefined) request.traceparent = traceparent;
    if (expectedRevision !== undefined) request.expectedRevision = expectedRevision;
    if (idempotencyKey !== undefined) {
      request.idempotencyKey = idempotencyKey;
      // Of what is sealed, the ciphertext: guesses at an erased person's texts could be held against a hash of these.
      const content = sealed.size === 0 ? body : { ...body, ...Object.fromEntries(sealed) };
      request.requestHash = contentHash({ body: content, params, type: definition.type });
    }
    return request;
  }

  #guard({ definition, envelope: { member } }: LedgerCommand, view: StreamView, ids: Ids): Rejection | undefined {
    if (definition.subject !== 'account') return undefined;
    const exists = view.revision >= 0;
    const visible = member === undefined || this.options.holdsMember(view, member);
    if (definition.creates?.field === 'accountId') {
      return exists && !visible ? definition.taken?.(ids.accountId ?? '') : undefined;
    }
    if (exists && visible) return undefined;
    // The same words for both: a key must not tell which accounts others have.
    return reject('not-found', 'account-not-found', 'There is no such account.');
  }
}

/** A body may repeat what its path says, and nothing else. @throws Problem 400 */
function checkPath(params: Readonly<Record<string, string>>, body: JsonObject): void {
  for (const name of Object.keys(params)) {
    if (body[name] === undefined || body[name] === params[name]) continue;
    throw new Problem(400, 'invalid-request', `/${name} differs from the path.`, {
      errors: [{ path: `/${name}`, code: 'path-mismatch', message: 'differs from the path' }],
    });
  }
}

/** The ids of the stream's subject and of the thing made, derived from the idempotency key where they are left out. */
function idsOf({ definition, params, body, envelope }: LedgerCommand): Record<string, string> {
  const subjectField = `${definition.subject}Id`;
  const ids: Record<string, string> = {};
  const subjectId = params[subjectField];
  if (subjectId !== undefined) ids[subjectField] = subjectId;
  if (definition.creates !== undefined) {
    const { field, prefix } = definition.creates;
    const given = body[field] ?? params[field];
    ids[field] =
      typeof given === 'string' ? given : newId(prefix, [definition.type, subjectId ?? ''], envelope.idempotencyKey);
  }
  for (const name of definition.params ?? []) {
    const value = params[name];
    if (value !== undefined) ids[name] = value;
  }
  return ids;
}

function newId(prefix: string, scope: readonly string[], key: string | undefined): string {
  if (key === undefined) return `${prefix}_${randomUUID().replaceAll('-', '')}`;
  return `${prefix}_${hash('sha256', JSON.stringify([...scope, key]), 'hex').slice(0, 32)}`;
}

function streamOf({ subject }: CommandDefinition, ids: Ids): string {
  return streamName(subject, ids[`${subject}Id`]);
}

/** The stream of a subject. */
export function streamName(subject: Subject, id: string | undefined): string {
  if (subject === 'settings') return 'settings';
  if (id === undefined) throw new Error(`a command on a ${subject} names none`);
  return `${subject}-${id}`;
}

/**
 * What is decided on: the body with its date as an instant in UTC, what the path says, and the ids.
 * @throws Problem for a date more than 24 hours ahead
 */
function dataOf({ definition, body, params, envelope }: LedgerCommand, ids: Ids): JsonObject {
  const field = definition.dateField ?? 'at';
  const data: Record<string, JsonObject[string]> = { ...body };
  data[field] = dateOf(field, body[field], envelope.receivedAt);
  for (const name of Object.keys(params)) data[name] = params[name];
  for (const name of Object.keys(ids)) data[name] = ids[name];
  return data;
}

function dateOf(field: string, given: JsonObject[string], receivedAt: string): string {
  if (typeof given !== 'string') return receivedAt;
  const instant = parseInstant(given) ?? Number.NaN;
  if (instant > Date.parse(receivedAt) + FUTURE_TOLERANCE) {
    throw new Problem(422, 'in-the-future', `The date ${field} lies more than 24 hours ahead.`, {
      errors: [{ path: `/${field}`, code: 'in-the-future', message: 'lies more than 24 hours ahead' }],
    });
  }
  return formatInstant(instant);
}

function receiptOf(definition: CommandDefinition, ids: Ids, data: JsonObject, outcome: CommandOutcome): CommandReceipt {
  switch (outcome.outcome) {
    case 'accepted': {
      const { events, position, replayed, revision } = outcome;
      const receipt = {
        ids,
        revision,
        position,
        events: events.map(({ eventId, type }) => ({ eventId, type })),
        replayed,
      };
      return definition.answer === undefined ? receipt : { ...receipt, more: definition.answer(events, data) };
    }
    case 'rejected':
      throw rejectionProblem(outcome.rejection);
    case 'key-reused':
      throw new Problem(
        422,
        'idempotency-key-reused',
        'The idempotency key was used by a request with another content.',
      );
    case 'revision-mismatch':
      throw new Problem(412, 'revision-mismatch', `The stream has moved on: it is at revision ${outcome.revision}.`, {
        members: { revision: outcome.revision },
        headers: { ETag: `"${outcome.revision}"` },
      });
  }
}

/** Words failures that are nobody's fault but the stores' or the crowd's; others are themselves. */
function worded(cause: unknown): unknown {
  if (cause instanceof Contended) {
    return new Problem(503, 'contended', 'Others keep writing the same account; try again.', {
      cause,
      headers: RETRY_SOON,
    });
  }
  if (cause instanceof AppendOutcomeUnknown) {
    return new Problem(
      503,
      'outcome-unknown',
      'The event store did not answer: the command may have been stored. Send it again with the same idempotency key or id to learn what became of it.',
      { cause, headers: RETRY_SOON },
    );
  }
  return cause instanceof StoreUnavailable ? storeUnavailableProblem(cause) : cause;
}

/** 503 for a store that cannot be reached. */
export function storeUnavailableProblem(cause: StoreUnavailable): Problem {
  return new Problem(503, 'store-unavailable', cause.message, { cause, headers: RETRY_SOON });
}

function rejectionProblem({ kind, code, message, details }: Rejection): Problem {
  return new Problem(REJECTION_STATUS[kind], code, message, details === undefined ? {} : { members: details });
}

function isRejected(value: JsonObject | Rejection): value is Rejection {
  return 'rejected' in value && value.rejected === true;
}
