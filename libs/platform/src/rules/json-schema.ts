import 'reflect-metadata';
import type { JsonObject } from '#event-sourcing';
import { rulesOf } from './compiled-check.js';
import { nestedClass } from './rules.js';

type Rule = ReturnType<typeof rulesOf>[number];
type Body = new () => object;

const TEXT = (max: number): JsonObject => ({ type: 'string', minLength: 1, maxLength: max });
const IDENTIFIER: JsonObject = { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,64}$' };

/** JSON Schema (2020-12) of each rule, by its name in class-validator. */
const SCHEMAS: Readonly<Record<string, (constraints: readonly unknown[]) => JsonObject>> = {
  identifier: () => IDENTIFIER,
  text: ([max]) => TEXT(Number(max)),
  textList: ([max, maxItems]) => ({ type: 'array', maxItems: Number(maxItems), items: TEXT(Number(max)) }),
  identifierList: ([maxItems]) => ({ type: 'array', maxItems: Number(maxItems), items: IDENTIFIER }),
  textMap: ([max, maxEntries]) => ({
    type: 'object',
    maxProperties: Number(maxEntries),
    additionalProperties: TEXT(Number(max)),
  }),
  instant: () => ({ type: 'string', format: 'date-time' }),
  date: () => ({ type: 'string', format: 'date' }),
  period: () => ({ type: 'string', format: 'duration' }),
  currency: () => ({ type: 'string', pattern: '^[A-Z]{3}$' }),
  amount: ([sign]) => ({
    type: 'string',
    pattern: `^${sign === 'any' ? '-?' : ''}(0|[1-9][0-9]{0,8})(\\.[0-9]{1,6})?$`,
  }),
  quantity: () => ({
    oneOf: [
      { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1_000_000_000 },
      { type: 'string', pattern: '^(0|[1-9][0-9]{0,8})(\\.[0-9]{1,6})?$' },
    ],
  }),
  rate: () => ({ type: 'string', pattern: '^(0|[1-9][0-9]{0,5})(\\.[0-9]{1,12})?$' }),
  textOrNumber: ([max]) => ({ oneOf: [{ type: 'number' }, TEXT(Number(max))] }),
  numberOrDecimal: () => ({
    oneOf: [{ type: 'number' }, { type: 'string', pattern: '^-?(0|[1-9][0-9]*)(\\.[0-9]{1,18})?$' }],
  }),
  isIn: ([values]) => ({ enum: [...(values as readonly string[])] }),
  isInt: () => ({ type: 'integer' }),
  isNumber: () => ({ type: 'number' }),
  isBoolean: () => ({ type: 'boolean' }),
  isObject: () => ({ type: 'object' }),
  isArray: () => ({ type: 'array' }),
  min: ([least]) => ({ minimum: Number(least) }),
  max: ([greatest]) => ({ maximum: Number(greatest) }),
  arrayMinSize: ([least]) => ({ minItems: Number(least) }),
  arrayMaxSize: ([greatest]) => ({ maxItems: Number(greatest) }),
  arrayUnique: () => ({ uniqueItems: true }),
};

/** One member of a class, as the API's page describes it. */
export interface MemberSchema {
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonObject;
}

/**
 * The members of a class with their JSON Schemas, from its class-validator rules.
 * @throws Error for a rule that has no schema
 */
export function memberSchemas(body: Body): MemberSchema[] {
  const byMember = new Map<string, Rule[]>();
  for (const rule of rulesOf(body)) {
    byMember.set(rule.propertyName, [...(byMember.get(rule.propertyName) ?? []), rule]);
  }
  return [...byMember].map(([name, rules]) => ({
    name,
    required: !rules.some((rule) => rule.type === 'conditionalValidation'),
    schema: Object.assign({}, ...rules.map((rule) => schemaOfRule(body, rule))),
  }));
}

/** JSON Schema of a body. */
export function objectSchema(body: Body): JsonObject {
  const members = memberSchemas(body);
  const required = members.filter((member) => member.required).map(({ name }) => name);
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
    // What may be left out may also be sent as null.
    properties: Object.fromEntries(
      members.map(({ name, required: must, schema }) => [name, must ? schema : { anyOf: [schema, { type: 'null' }] }]),
    ),
  };
}

function schemaOfRule(body: Body, rule: Rule): JsonObject {
  if (rule.type === 'conditionalValidation') return {};
  if (rule.type === 'nestedValidation') {
    const nested = nestedClass(body.prototype, rule.propertyName);
    const schema = nested === undefined ? {} : objectSchema(nested);
    return rule.each ? { items: schema } : schema;
  }
  const schema = SCHEMAS[rule.name ?? ''];
  if (schema === undefined) throw new Error(`the rule ${rule.name} of ${body.name}.${rule.propertyName} has no schema`);
  return schema((rule.constraints ?? []) as unknown[]);
}
