import type { Schema } from '../documented-routes.js';
import type { Random } from './random.js';

const IDS = Array.from({ length: 20 }, (_, n) => `acc-${n}`);

/** A value that a schema allows, or nearly so: what only a pattern tells is taken from a few that fit often. */
export function valueFor(schema: Schema, random: Random, name = ''): unknown {
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return valueFor(random.of(choices), random, name);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return random.of(schema.enum);
  switch (schema.type) {
    case 'object':
      return objectOf(schema, random);
    case 'array':
      return Array.from({ length: 1 + random.below(3) }, () => valueFor(schema.items ?? {}, random, name));
    case 'integer':
      return (schema.minimum ?? 0) + random.below(Math.min((schema.maximum ?? 10) - (schema.minimum ?? 0), 10) + 1);
    case 'number':
      return (schema.minimum ?? 0) + random.below(10);
    case 'boolean':
      return random.chance(0.5);
    default:
      return textOf(schema, random, name);
  }
}

function objectOf(schema: Schema, random: Random): Record<string, unknown> {
  const required = new Set(schema.required);
  return Object.fromEntries(
    Object.entries(schema.properties ?? {})
      .filter(([name]) => required.has(name) || random.chance(0.4))
      .map(([name, each]) => [name, valueFor(each, random, name)]),
  );
}

function textOf({ format }: Schema, random: Random, name: string): string {
  if (format === 'date-time' || /At$|^at$/.test(name))
    return `2025-0${1 + random.below(9)}-1${random.below(9)}T08:00:00Z`;
  if (format === 'date' || /date|since|until|asOf|due|start|end|effectiveFrom/i.test(name))
    return `2025-0${1 + random.below(9)}-1${random.below(9)}`;
  if (/accountId$/i.test(name)) return random.of(IDS);
  if (/currency/i.test(name)) return random.of(['EUR', 'USD', 'CNY']);
  if (/price|amount|cost|rate|value/i.test(name)) return random.of(['0', '1', '12.5', '999.999999']);
  if (/quantity/i.test(name)) return random.of(['1', '2.5']);
  if (/every/.test(name)) return random.of(['P1M', 'P14D']);
  if (/policyId|policy/.test(name)) return 'standard';
  if (/version/.test(name)) return '1';
  return random.of(['a', 'b', 'some text', 'lee', 'n-1', 'n-2']);
}
