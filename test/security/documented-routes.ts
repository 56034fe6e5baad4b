import type { ApiClient } from '#test/e2e/ledger-process';

/** JSON Schema as far as the API's document uses it. */
export interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
}

/** A route of the document that the API serves. */
export interface DocumentedRoute {
  /** `GET /v1/accounts/{accountId}` */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly type: string; readonly schema: Schema; readonly example: unknown };
  /** Whether the answer can also be a whole list as CSV or NDJSON. */
  readonly exports: boolean;
}

interface Operation {
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema?: Schema; example?: unknown }>> };
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly parameters: Readonly<Record<string, Parameter>> };
}

/** The routes that a running API documents. */
export async function documentedRoutes(client: ApiClient): Promise<readonly DocumentedRoute[]> {
  const document: Document = (await client.get('/openapi.json')).body;
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => routeOf(document, method.toUpperCase(), path, operation)),
  );
}

function routeOf(document: Document, method: string, path: string, operation: Operation): DocumentedRoute {
  const [content] = Object.entries(operation.requestBody?.content ?? {});
  return {
    name: `${method} ${path}`,
    method,
    path,
    parameters: (operation.parameters ?? []).map((each) => {
      if (!('$ref' in each)) return each;
      const parameter = document.components.parameters[each.$ref.split('/').at(-1) ?? ''];
      if (parameter === undefined) throw new Error(`the document has no ${each.$ref}`);
      return parameter;
    }),
    ...(content && { body: { type: content[0], schema: content[1].schema ?? {}, example: content[1].example } }),
    exports: 'text/csv' in (operation.responses['200']?.content ?? {}),
  };
}

/** The path with values in the place of its parameters. */
export function filledPath(path: string, values: Readonly<Record<string, string>>): string {
  return path.replace(/\{([A-Za-z]+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? 'some'));
}

/** A body that the route takes as far as form goes: its example, agreeing with its path. */
export function exampleBody(route: DocumentedRoute, values: Readonly<Record<string, string>>): unknown {
  if (route.body === undefined) return undefined;
  if (route.body.type !== 'application/json') return IMPORT;
  const names = route.parameters.filter((each) => each.in === 'path').map(({ name }) => name);
  const example = { ...(route.body.example as Record<string, unknown> | undefined) };
  for (const name of names) if (name in example) example[name] = values[name];
  return example;
}

/** What an import is sent in a walk: no row. */
const IMPORT = 'accountId,visitId,channel,visitedAt\n';
