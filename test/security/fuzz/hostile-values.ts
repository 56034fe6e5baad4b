import type { Random } from './random.js';

const TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202e',
  '‮',
  'é',
  'e\u0301',
  '../../etc/passwd',
  '..%2f..%2f',
  '%2e%2e',
  '%00',
  '%',
  '%zz',
  '%E4',
  '$ne',
  '$where',
  '{"$gt":""}',
  "' OR 1=1 --",
  '"; DROP TABLE events; --',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'a.b.c',
  '=1+1',
  'NaN',
  'Infinity',
  '-0',
  '1e309',
  '9'.repeat(400),
  '2025-02-30',
  '0000-00-00',
  '9999-12-31',
  '+275760-09-13T00:00:00Z',
  '-000001-01-01',
  '2025-01-01T00:00:00+99:99',
  'P999999999Y',
  'null',
  '[]',
  '{}',
  '#{7*7}',
  '<script>alert(1)</script>',
  '\r\nSet-Cookie: a=b',
  '🦊'.repeat(20),
  'x'.repeat(5_000),
];

const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1e21,
  1.5,
  -0.000_000_1,
  Number.MAX_SAFE_INTEGER + 2,
  [],
  {},
  [[]],
  [null],
  { $gt: '' },
  { $ne: null },
  { length: 1e9 },
  { toString: 1 },
  { constructor: { prototype: { polluted: true } } },
];

export function hostileText(random: Random): string {
  return random.of(TEXTS);
}

export function hostileValue(random: Random): unknown {
  if (random.chance(0.03)) return deep(random);
  return random.chance(0.5) ? hostileText(random) : random.of(VALUES);
}

function deep(random: Random): unknown {
  let value: unknown = 1;
  const listed = random.chance(0.5);
  for (let depth = random.of([10, 100, 1_000]); depth > 0; depth--) value = listed ? [value] : { a: value };
  return value;
}
