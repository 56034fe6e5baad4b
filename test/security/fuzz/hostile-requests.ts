import { type DocumentedRoute, filledPath } from '../documented-routes.js';
import { hostileText, hostileValue } from './hostile-values.js';
import type { Random } from './random.js';
import { valueFor } from './well-formed-values.js';

/** A request as it goes onto the wire. */
export interface WireRequest {
  readonly method: string;
  readonly bytes: Buffer;
  /** The server may or must close the connection after it. */
  readonly breaksConnection: boolean;
  /** Asks for a position, so that `503 projection-behind` is an answer. */
  readonly asksForPosition: boolean;
}

interface Draft {
  method: string;
  target: string;
  version: string;
  /** Names and values, in order and maybe twice. */
  headers: [string, string][];
  body: Buffer | undefined;
  /** `Content-Length` instead of the body's own. */
  length: string | undefined;
  chunked: boolean;
  breaks: boolean;
}

/** A request for one of the routes, broken in none to three ways. */
export function hostileRequest(
  routes: readonly DocumentedRoute[],
  keys: readonly string[],
  random: Random,
): WireRequest {
  const route = random.of(routes);
  const draft = wellFormed(route, keys, random);
  for (let ways = random.below(4); ways > 0; ways--) random.of(MUTATIONS)(draft, route, random);
  return onTheWire(draft);
}

function wellFormed(route: DocumentedRoute, keys: readonly string[], random: Random): Draft {
  const inPath = Object.fromEntries(
    route.parameters
      .filter((each) => each.in === 'path')
      .map(({ name, schema }) => [name, String(valueFor(schema, random, name))]),
  );
  const query = route.parameters
    .filter((each) => each.in === 'query' && (each.required || random.chance(0.2)))
    .map(({ name, schema }) => `${name}=${encodeURIComponent(String(valueFor(schema, random, name)))}`);
  const headers: [string, string][] = [
    ['Host', 'ledger'],
    ['Authorization', `Bearer ${random.of(keys)}`],
  ];
  if (route.exports && random.chance(0.2)) headers.push(['Accept', random.of(['text/csv', 'application/x-ndjson'])]);
  let body: Buffer | undefined;
  if (route.body !== undefined) {
    headers.push(['Content-Type', route.body.type]);
    body =
      route.body.type === 'application/json'
        ? Buffer.from(JSON.stringify(bodyOf(route, inPath, random)))
        : Buffer.from('accountId,visitId,channel,visitedAt\nacc-1,v-1,phone,2025-01-01T00:00:00Z\nacc-2,"v');
  }
  return {
    method: route.method,
    target: filledPath(route.path, inPath) + (query.length === 0 ? '' : `?${query.join('&')}`),
    version: 'HTTP/1.1',
    headers,
    body,
    length: undefined,
    chunked: false,
    breaks: false,
  };
}

function bodyOf(route: DocumentedRoute, inPath: Readonly<Record<string, string>>, random: Random): unknown {
  const made = random.chance(0.5) ? valueFor(route.body?.schema ?? {}, random) : route.body?.example;
  return {
    ...(made as object),
    ...Object.fromEntries(Object.entries(inPath).filter(([name]) => name in Object(made))),
  };
}

type Mutation = (draft: Draft, route: DocumentedRoute, random: Random) => void;

const HOSTILE_HEADERS: readonly ((random: Random) => [string, string])[] = [
  (random) => ['Idempotency-Key', random.of(['', 'k', 'k'.repeat(128), 'k'.repeat(129), 'ä', 'a b', '\t'])],
  (random) => ['If-Match', random.of(['*', '"0"', '0', 'W/"1"', '"-1"', '"99999999999999999999"', '"1","2"', ''])],
  (random) => ['Prefer', random.of(['wait=0', 'wait=1', 'wait=-1', 'wait=1e9', 'wait', '', 'respond-async, wait=0'])],
  (random) => ['Keyledger-Min-Position', random.of(['0', '1', '-1', '1.5', '9'.repeat(18), '9'.repeat(30), 'x', ''])],
  (random) => ['Range', random.of(['bytes=0-', 'bytes=9-1', 'bytes=-1', 'items=0-9', 'bytes=0-0,0-0,0-0'])],
  (random) => ['Accept', random.of(['', '*/*', 'text/csv;q=0', 'application/xml', ','.repeat(200), 'text/csv,,,'])],
  (random) => ['Accept-Encoding', random.of(['gzip', 'br;q=1.0, *;q=0', 'x'.repeat(1_000)])],
  (random) => ['Content-Encoding', random.of(['gzip', 'br', 'identity'])],
  (random) => ['Expect', random.of(['100-continue', '200-maybe'])],
  (random) => ['Authorization', random.of(['Bearer', 'Basic YTpi', `Bearer ${'x'.repeat(9_000)}`, 'Bearer a b', ''])],
  (random) => ['X-Forwarded-For', random.of(['1.2.3.4', 'not an address', ','.repeat(100)])],
  (random) => ['X-HTTP-Method-Override', random.of(['DELETE', 'CONNECT'])],
  (random) => ['Cookie', 'a=b; __proto__=1; '.repeat(1 + random.below(50))],
  (random) => ['Connection', random.of(['close', 'upgrade', 'keep-alive, close'])],
  (random) => ['Upgrade', random.of(['websocket', 'h2c', 'TLS/1.3'])],
  (random) => ['Origin', random.of(['null', 'https://evil.example'])],
  (random) => [`X-${'h'.repeat(1 + random.below(100))}`, 'v'.repeat(random.below(2_000))],
];

const MUTATIONS: readonly Mutation[] = [
  function wrongMember(draft, _, random) {
    mutateJson(draft, (body) => {
      const names = Object.keys(body);
      if (names.length > 0) body[random.of(names)] = hostileValue(random);
    });
  },
  function wrongInside(draft, _, random) {
    mutateJson(draft, (body) => {
      const nested = Object.values(body).filter((each) => typeof each === 'object' && each !== null);
      if (nested.length === 0) return;
      const target = random.of(nested) as Record<string, unknown>;
      const [first = '0'] = Object.keys(target);
      target[first] = hostileValue(random);
    });
  },
  function unknownMember(draft, _, random) {
    mutateJson(draft, (body) => {
      Object.defineProperty(body, hostileText(random).slice(0, 300), { value: hostileValue(random), enumerable: true });
    });
  },
  function missingMember(draft, _, random) {
    mutateJson(draft, (body) => {
      delete body[random.of([...Object.keys(body), 'none'])];
    });
  },
  function doubledMember(draft) {
    if (draft.body !== undefined)
      draft.body = Buffer.from(draft.body.toString().replace(/^\{(("[^"]+":[^,{}[\]]+),)/, '{$1$1'));
  },
  function polluted(draft, _, random) {
    const name = random.of(['__proto__', 'constructor', 'prototype']);
    if (draft.body !== undefined)
      draft.body = Buffer.from(draft.body.toString().replace(/^\{/, `{"${name}":{"role":"admin","polluted":1},`));
  },
  function anotherBody(draft, _, random) {
    draft.body = Buffer.from(JSON.stringify(hostileValue(random)) ?? '');
  },
  function bottomless(draft, route, random) {
    if (!random.chance(0.2)) return;
    const names = Object.keys(route.body?.schema.properties ?? { a: 0 });
    const levels = random.of([2_000, 50_000, 100_000]);
    const [open, close] = random.of([
      ['[', ']'],
      ['{"a":', '}'],
    ] as const);
    draft.body = Buffer.from(`{"${random.of(names)}":${open.repeat(levels)}1${close.repeat(levels)}}`);
  },
  function manyItems(draft, _, random) {
    mutateJson(draft, (body) => {
      const names = Object.keys(body).filter((name) => Array.isArray(body[name]));
      if (names.length === 0) return;
      const name = random.of(names);
      const items = body[name] as unknown[];
      body[name] = Array.from({ length: 2_000 }, () => items[0] ?? 0);
    });
  },
  function brokenJson(draft, _, random) {
    if (draft.body !== undefined && draft.body.length > 0)
      draft.body = draft.body.subarray(0, random.below(draft.body.length));
  },
  function flippedByte(draft, _, random) {
    if (draft.body === undefined || draft.body.length === 0) return;
    draft.body = Buffer.from(draft.body);
    draft.body[random.below(draft.body.length)] = random.below(256);
  },
  function largeBody(draft, _, random) {
    if (random.chance(0.1)) draft.body = Buffer.alloc(1024 * 1024 + random.below(100_000), 'a');
  },
  function bodyWhereNoneBelongs(draft, _, random) {
    draft.body ??= Buffer.from(random.of(['{}', 'x', '[]']));
  },
  function anotherContentType(draft, _, random) {
    set(draft, 'Content-Type', random.of(CONTENT_TYPES));
  },
  function anotherMethod(draft, _, random) {
    draft.method = random.of(METHODS);
    if (draft.method === 'CONNECT' || draft.method === 'G ET' || draft.method === 'get') draft.breaks = true;
  },
  function hostileParameter(draft, route, random) {
    const named = route.parameters.filter((each) => each.in === 'query').map(({ name }) => name);
    const name = random.of([...named, 'unknown', '__proto__', 'constructor', 'a[$ne]', 'limit', 'cursor']);
    const value = random.chance(0.7)
      ? encodeURIComponent(wellPaired(hostileText(random)))
      : random.of(['%', '%zz', '%E4', '', '&', '=']);
    const bracket = random.of(['', '', '', '[]', '[$gt]', '.a']);
    draft.target += `${draft.target.includes('?') ? '&' : '?'}${name}${bracket}=${value}`;
    if (random.chance(0.3)) draft.target += `&${name}=1`;
  },
  function hostilePath(draft, _, random) {
    const parts = draft.target.split('?')[0]!.split('/');
    const value = random.chance(0.7)
      ? encodeURIComponent(wellPaired(hostileText(random)))
      : random.of(['%', '%2e%2e', '..', '%00', '%2f', '%ff%fe', '%c0%af', 'x'.repeat(300), ';a=b', '//', '%25']);
    parts[1 + random.below(parts.length - 1)] = value;
    draft.target = parts.join('/');
  },
  function longTarget(draft, _, random) {
    draft.target += `${draft.target.includes('?') ? '&' : '?'}q=${'a'.repeat(random.of([1_000, 8_000, 15_000, 20_000]))}`;
    draft.breaks = true;
  },
  function rawTarget(draft, _, random) {
    draft.target = random.of([
      '*',
      '',
      'http://evil.example/v1/accounts',
      '/v1/accounts\u00e4',
      '/\u0001',
      '/v1/acc ounts',
      '?',
      '/#a',
    ]);
    draft.breaks = true;
  },
  function hostileHeader(draft, _, random) {
    const [name, value] = random.of(HOSTILE_HEADERS)(random);
    if (random.chance(0.5)) set(draft, name, value);
    else draft.headers.push([name, value]);
    if (/^(Connection|Upgrade|Expect)$/.test(name) || /[^\x20-\x7e]/.test(value)) draft.breaks = true;
  },
  function manyHeaders(draft, _, random) {
    const count = random.of([50, 500, 2_500]);
    for (let n = 0; n < count; n++) draft.headers.push([`X-${n}`, 'v']);
    draft.breaks = true;
  },
  function noHost(draft, _, random) {
    draft.headers = draft.headers.filter(([name]) => name !== 'Host');
    if (random.chance(0.3)) draft.headers.push(['Host', ''], ['Host', 'b']);
    draft.breaks = true;
  },
  function wrongLength(draft, _, random) {
    draft.length = random.of(['0', '1', '-1', '99999999', '1e3', 'x', '18446744073709551616', '']);
    draft.breaks = true;
  },
  function chunkedBody(draft) {
    draft.chunked = true;
  },
  function lengthAndChunks(draft) {
    draft.chunked = true;
    draft.headers.push(['Content-Length', '5']);
    draft.breaks = true;
  },
  function anotherVersion(draft, _, random) {
    draft.version = random.of(['HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'HTTP/9.9', 'http/1.1', '']);
    draft.breaks = true;
  },
];

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PROPFIND',
  'PURGE',
  'G ET',
  'get',
];
const CONTENT_TYPES = [
  '',
  'application/json',
  'application/json; charset=utf-16',
  'application/json; charset="',
  'application/merge-patch+json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  'text/csv',
  'text/csv; charset=latin1',
  'application/x-ndjson',
  'application/xml',
  '__proto__',
  'constructor/prototype',
  'a'.repeat(3_000),
];

function mutateJson(draft: Draft, change: (body: Record<string, unknown>) => void): void {
  // What is large is broken enough, and may be deeper than can be written again.
  if (draft.body === undefined || draft.body.length > 50_000) return;
  let parsed: unknown;
  try {
    parsed = JSON.parse(draft.body.toString());
  } catch {
    return; // Broken already.
  }
  if (typeof parsed !== 'object' || parsed === null) return;
  change(parsed as Record<string, unknown>);
  draft.body = Buffer.from(JSON.stringify(parsed));
}

function set(draft: Draft, name: string, value: string): void {
  draft.headers = [...draft.headers.filter(([each]) => each.toLowerCase() !== name.toLowerCase()), [name, value]];
}

/** `encodeURIComponent` refuses halves of surrogate pairs. */
function wellPaired(text: string): string {
  return text.replace(/\p{Cs}/gu, '?');
}

function onTheWire(draft: Draft): WireRequest {
  const { method, target, version, headers, body, length, chunked } = draft;
  const framing = chunked
    ? 'Transfer-Encoding: chunked\r\n'
    : length !== undefined || body !== undefined
      ? `Content-Length: ${length ?? body?.length ?? 0}\r\n`
      : '';
  const head = `${method} ${target} ${version}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}${framing}\r\n`;
  const content = body ?? Buffer.alloc(0);
  const payload =
    chunked && content.length > 0
      ? Buffer.concat([Buffer.from(`${content.length.toString(16)}\r\n`), content, Buffer.from('\r\n0\r\n\r\n')])
      : chunked
        ? Buffer.from('0\r\n\r\n')
        : content;
  return {
    method,
    bytes: Buffer.concat([Buffer.from(head, 'latin1'), payload]),
    breaksConnection: draft.breaks,
    asksForPosition: headers.some(([name]) => name === 'Keyledger-Min-Position'),
  };
}
