import type { FastifyRequest } from 'fastify';
import type { JsonObject } from '#event-sourcing';
import type { Principal } from '../auth/principal.js';
import type { CommandDefinition } from '../commands/command-definition.js';
import { type CommandEnvelope, LedgerCommand } from '../commands/ledger-command.js';
import { badParameter, Problem, type ProblemError } from '../problems/problem.js';
import type { Reader } from '../queries/list.js';
import type { LedgerQuery, QueryDefinition } from '../queries/query-definition.js';
import { checkBody } from '../rules/compiled-check.js';
import { correlationIdOf } from '../telemetry/correlation.js';
import { traceOf } from '../telemetry/request-span.js';

const IDENTIFIER = /^[A-Za-z0-9._:-]{1,64}$/;
const IDEMPOTENCY_KEY = /^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/;
const REVISION = /^"(0|[1-9][0-9]{0,14})"$/;
const POSITION = /^(0|[1-9][0-9]{0,18})$/;
const DEFAULT_WAIT = 2;
const LONGEST_WAIT = 30;

function invalid(errors: readonly ProblemError[]): Problem {
  const [first] = errors;
  const where = first === undefined || first.path === '' ? 'The body' : `${first.path} `;
  const detail =
    errors.length === 1
      ? `${where.trim()} ${first?.message}.`
      : `${errors.length} members of the request are not as they must be.`;
  return new Problem(400, 'invalid-request', detail, { errors });
}

/** What a request brings besides its body. @throws Problem for a header out of form */
export function envelopeOf(
  request: FastifyRequest,
  principal: Principal,
  receivedAt: string,
  source = 'http',
): CommandEnvelope {
  const idempotencyKey = idempotencyKeyOf(request);
  const expectedRevision = expectedRevisionOf(request);
  const { actor, member, role } = principal;
  const correlationId = correlationIdOf(request.headers, String(request.id));
  const { traceparent } = traceOf(request);
  const envelope: { -readonly [Member in keyof CommandEnvelope]: CommandEnvelope[Member] } = {
    actor,
    role,
    source,
    correlationId,
    receivedAt,
  };
  if (member !== undefined) envelope.member = member;
  if (traceparent !== undefined) envelope.traceparent = traceparent;
  if (idempotencyKey !== undefined) envelope.idempotencyKey = idempotencyKey;
  if (expectedRevision !== undefined) envelope.expectedRevision = expectedRevision;
  return envelope;
}

/** The command that a request brings. @throws Problem for what is out of form, all of it listed */
export function commandOf(
  request: FastifyRequest,
  definition: CommandDefinition,
  principal: Principal,
  receivedAt: string,
): LedgerCommand {
  const params = request.params as Record<string, string>;
  const body = bodyOf(request);
  const errors = [...pathErrors(params), ...unknownParameters(request), ...checkBody(definition.body, body)];
  if (errors.length > 0) throw invalid(errors);
  return new LedgerCommand(definition, params, body, envelopeOf(request, principal, receivedAt));
}

/** The question that a request asks. @throws Problem for what is out of form, all of it listed */
export function queryOf(
  request: FastifyRequest,
  definition: QueryDefinition,
  reader: Reader,
): LedgerQuery<object, unknown> {
  const query = request.query as Record<string, unknown>;
  const params = request.params as Record<string, string>;
  const parameters = coerced(definition.parameters, { ...query, ...params });
  const errors = [...toldTwice(query, params), ...checkBody(definition.parameters, parameters)];
  if (errors.length > 0) throw invalid(errors);
  return new definition.query(parameters, reader);
}

/** `Keyledger-Min-Position`, and for how many milliseconds it may be waited for. @throws Problem */
export function minPositionOf(request: FastifyRequest): { position: bigint; patience: number } | undefined {
  const text = header(request, 'keyledger-min-position');
  if (text === undefined) return undefined;
  if (!POSITION.test(text))
    throw badParameter('Keyledger-Min-Position', 'position', 'must be a position that the ledger gave');
  const wait = /(?:^|[,;\s])wait=([0-9]{1,4})(?:$|[,;\s])/.exec(header(request, 'prefer') ?? '')?.[1];
  const seconds = Math.min(wait === undefined ? DEFAULT_WAIT : Number(wait), LONGEST_WAIT);
  return { position: BigInt(text), patience: seconds * 1_000 };
}

function bodyOf(request: FastifyRequest): JsonObject {
  const { body } = request;
  if (body === undefined || body === null) return {};
  const type = header(request, 'content-type') ?? '';
  if (!/^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new Problem(415, 'unsupported-media-type', 'The body must be application/json.');
  }
  return body as JsonObject;
}

function pathErrors(params: Record<string, string>): ProblemError[] {
  return Object.entries(params)
    .filter(([, value]) => !IDENTIFIER.test(value))
    .map(([name]) => ({
      path: `/${name}`,
      code: 'identifier',
      message: 'must be 1 to 64 letters, digits, dots, underscores, colons or hyphens',
    }));
}

/** What the path tells cannot be told again: two ways to name one thing are two things to check. */
function toldTwice(query: Record<string, unknown>, params: Record<string, string>): ProblemError[] {
  return Object.keys(params)
    .filter((name) => Object.hasOwn(query, name))
    .map((name) => ({ path: `/${name}`, code: 'told-twice', message: 'is told by the path already' }));
}

function unknownParameters(request: FastifyRequest): ProblemError[] {
  return Object.keys(request.query as object).map((name) => ({
    path: `/${name}`,
    code: 'unknown-field',
    message: 'is not known here',
  }));
}

/** Texts as the numbers and booleans that the class declares; what is none stays a text, which the rules then refuse. */
function coerced(parameters: new () => object, given: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const type: unknown = Reflect.getMetadata('design:type', parameters.prototype, name);
      if (typeof value !== 'string') return [name, value];
      if (type === Number && /^-?[0-9]{1,15}(\.[0-9]{1,15})?$/.test(value)) return [name, Number(value)];
      if (type === Boolean && (value === 'true' || value === 'false')) return [name, value === 'true'];
      return [name, value];
    }),
  );
}

function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = header(request, 'idempotency-key');
  if (key === undefined || IDEMPOTENCY_KEY.test(key)) return key;
  throw badParameter('Idempotency-Key', 'idempotency-key', 'must have 1 to 128 printable ASCII characters');
}

function expectedRevisionOf(request: FastifyRequest): number | undefined {
  const text = header(request, 'if-match');
  if (text === undefined) return undefined;
  const revision = REVISION.exec(text)?.[1];
  if (revision !== undefined) return Number(revision);
  throw badParameter('If-Match', 'revision', 'must be one revision in quotes, as an ETag gave it');
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}
