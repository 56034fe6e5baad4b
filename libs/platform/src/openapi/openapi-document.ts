import type { JsonObject } from '#event-sourcing';
import type { CommandDefinition, Permission } from '../commands/command-definition.js';
import type { RouteDescription } from '../http/route-decorators.js';
import type { QueryDefinition } from '../queries/query-definition.js';
import { memberSchemas, objectSchema } from '../rules/json-schema.js';

/** A route of the API with what it was declared with. */
export interface DescribedRoute {
  readonly method: string;
  /** With parameters as `{name}`. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly command?: CommandDefinition;
  readonly query?: QueryDefinition;
  readonly permission?: Permission;
  readonly description?: RouteDescription;
  readonly public: boolean;
}

const PROBLEM = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
const REFUSALS: Readonly<Record<string, string>> = {
  '400': 'Malformed, or out of form: all that is wrong is listed',
  '401': 'No valid API key or token',
  '403': 'The role does not hold the permission',
  '404': 'There is no such thing, or it is not visible to this key',
  '429': 'Too many refused credentials from this address, or more requests than a key may send; see Retry-After',
  '503': 'Not ready, contended, or a store is away; try again',
};
const COMMAND_REFUSALS: Readonly<Record<string, string>> = {
  '409': 'The id is taken by something else',
  '412': 'The stream is not at the revision of If-Match',
  '413': 'The body is larger than 1 MiB',
  '415': 'The body is not JSON',
  '422': 'A rule says no; the code tells which',
};

const HEADER_PARAMETERS = {
  IdempotencyKey: headerParameter(
    'Idempotency-Key',
    'The same key and body give the same answer again and one set of events.',
    { type: 'string', maxLength: 128 },
  ),
  IfMatch: headerParameter('If-Match', 'The revision, in quotes, that the stream must be at.', { type: 'string' }),
  MinPosition: headerParameter('Keyledger-Min-Position', 'Waits until the read models have reached this position.', {
    type: 'string',
  }),
  Prefer: headerParameter('Prefer', '`wait=<seconds>` for Keyledger-Min-Position; default 2, at most 30.', {
    type: 'string',
  }),
};

const COMMAND_ANSWER: JsonObject = {
  type: 'object',
  required: ['revision', 'position', 'events'],
  properties: {
    accountId: { type: 'string' },
    revision: { type: 'integer' },
    position: { type: 'string' },
    events: {
      type: 'array',
      items: {
        type: 'object',
        properties: { eventId: { type: 'string', format: 'uuid' }, type: { type: 'string' } },
      },
    },
  },
};

const PROBLEM_SCHEMA: JsonObject = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { path: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};

/** The OpenAPI 3.1 document of the routes; everything in it follows from the definitions of commands and queries. */
export function openApiDocument(routes: readonly DescribedRoute[], version: string): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keyledger',
      version,
      description: 'System of record for key-account management. Orders are booked, not revenue recognized.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    tags: [...new Set(routes.map(({ tag }) => tag))].sort().map((name) => ({ name })),
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or a JWT of the identity provider.' },
      },
      parameters: HEADER_PARAMETERS,
      schemas: { CommandAnswer: COMMAND_ANSWER, Problem: PROBLEM_SCHEMA },
    },
  };
}

function operationOf(route: DescribedRoute): JsonObject {
  const { operationId, tag } = route;
  const common = { operationId, tags: [tag], ...(route.public ? { security: [] } : {}) };
  if (route.command !== undefined) return { ...common, ...commandOperation(route, route.command) };
  if (route.query !== undefined) return { ...common, ...queryOperation(route, route.query) };
  return { ...common, ...otherOperation(route) };
}

function otherOperation({ description, operationId, path, permission, public: open }: DescribedRoute): JsonObject {
  const { body, example, fileTypes, parameters, status = 200, summary = operationId } = description ?? {};
  const inQuery = parameters === undefined ? [] : memberSchemas(parameters);
  const content = {
    ...(body === undefined ? {} : { 'application/json': { schema: objectSchema(body) } }),
    ...Object.fromEntries((fileTypes ?? []).map((type) => [type, { schema: { type: 'string' } }])),
  };
  const answer = example === undefined ? {} : { content: { 'application/json': { example } } };
  return {
    summary,
    ...(permission === undefined ? {} : { description: `Needs the permission \`${permission}\`.` }),
    parameters: [
      ...pathParameters(path, new Map()),
      ...inQuery.map(({ name, required, schema }) => ({ name, in: 'query', required, schema })),
    ],
    ...(Object.keys(content).length === 0 ? {} : { requestBody: { required: true, content } }),
    responses: { [status]: { description: 'The answer', ...answer }, ...(open ? {} : refusals(REFUSALS)) },
  };
}

function commandOperation({ path }: DescribedRoute, definition: CommandDefinition): JsonObject {
  const { body, creates, example, makesNew = creates !== undefined, permission, summary } = definition;
  const answer = {
    description: 'Done; the events are durable',
    headers: {
      ETag: { schema: { type: 'string' }, description: 'The stream’s revision, in quotes' },
      'Keyledger-Position': { schema: { type: 'string' } },
    },
    content: { 'application/json': { schema: { $ref: '#/components/schemas/CommandAnswer' } } },
  };
  return {
    summary,
    description: `Needs the permission \`${permission}\`.`,
    parameters: [
      ...pathParameters(path, new Map()),
      { $ref: '#/components/parameters/IdempotencyKey' },
      { $ref: '#/components/parameters/IfMatch' },
    ],
    requestBody: { content: { 'application/json': { schema: objectSchema(body), example } } },
    responses: {
      ...(makesNew ? { '201': answer } : {}),
      '200': !makesNew ? answer : { ...answer, description: 'It was so already' },
      ...refusals({ ...REFUSALS, ...COMMAND_REFUSALS }),
    },
  };
}

function queryOperation({ path }: DescribedRoute, definition: QueryDefinition): JsonObject {
  const { example, form, parameters, permission, summary } = definition;
  const members = memberSchemas(parameters);
  const schemas = new Map(members.map(({ name, schema }) => [name, schema]));
  const inPath = pathParameters(path, schemas);
  const names = new Set(inPath.map(({ name }) => name));
  const inQuery = members
    .filter(({ name }) => !names.has(name))
    .map(({ name, required, schema }) => ({ name, in: 'query', required, schema }));
  const json = form === 'list' ? { items: [example], nextCursor: 'opaque', position: '1024' } : example;
  return {
    summary,
    description: `Needs the permission \`${permission}\`.`,
    parameters: [
      ...inPath,
      ...inQuery,
      { $ref: '#/components/parameters/MinPosition' },
      { $ref: '#/components/parameters/Prefer' },
    ],
    responses: {
      '200': {
        description: 'The answer',
        headers: { 'Keyledger-Position': { schema: { type: 'string' } } },
        content: {
          'application/json': { example: json },
          ...(form === 'list' ? { 'text/csv': {}, 'application/x-ndjson': {} } : {}),
        },
      },
      ...refusals(REFUSALS),
    },
  };
}

function pathParameters(path: string, schemas: ReadonlyMap<string, JsonObject>) {
  return [...path.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: schemas.get(name) ?? { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,64}$' },
  }));
}

function refusals(descriptions: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(
    Object.entries(descriptions).map(([status, description]) => [status, { description, content: PROBLEM }]),
  );
}

function headerParameter(name: string, description: string, schema: JsonObject): JsonObject {
  return { name, in: 'header', required: false, description, schema };
}
