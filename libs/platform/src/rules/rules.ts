import 'reflect-metadata';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, ValidateBy, ValidateNested } from 'class-validator';
import { parseDate, parseInstant, parsePeriod } from '#calendar';
import { isCurrency, isPlainDecimal, MONEY_DECIMALS, parseMicros, RATE_DECIMALS } from '#money';

/**
 * The rules of form that are the ledger's own, as class-validator decorators. Beside them, these of class-validator may
 * be used: IsOptional, IsIn, IsInt, IsNumber, IsBoolean, IsObject, Min, Max, ArrayUnique. Anything else stops the start, for
 * it could not be compiled (compiled-check.ts) or described (json-schema.ts).
 */

const IDENTIFIER = /^[A-Za-z0-9._:-]{1,64}$/;
/** Control characters but for tab and line breaks; halves of surrogate pairs. */
const UNPRINTABLE = /[^\P{Cc}\t\n\r]|\p{Cs}/u;

function rule(name: string, constraints: unknown[], test: (value: unknown) => boolean, message: string) {
  return ValidateBy({ name, constraints, validator: { validate: test, defaultMessage: () => message } });
}

/** An id: 1 to 64 of `A–Z a–z 0–9 . _ : -`. */
export function IsIdentifier(): PropertyDecorator {
  return rule(
    'identifier',
    [],
    (value) => typeof value === 'string' && IDENTIFIER.test(value),
    'must be 1 to 64 letters, digits, dots, underscores, colons or hyphens',
  );
}

/** Text of 1 to `max` characters without control characters, and more than white space. */
export function IsText({ max }: { readonly max: number }): PropertyDecorator {
  return rule('text', [max], (value) => isText(value, max), `must be a text of 1 to ${max} characters`);
}

/** An array of at most `maxItems` texts of 1 to `max` characters. */
export function IsTextList({ max, maxItems }: { readonly max: number; readonly maxItems: number }): PropertyDecorator {
  return rule(
    'textList',
    [max, maxItems],
    (value) => Array.isArray(value) && value.length <= maxItems && value.every((item) => isText(item, max)),
    `must be a list of at most ${maxItems} texts of 1 to ${max} characters`,
  );
}

/** An array of at most `maxItems` ids. */
export function IsIdentifierList({ maxItems }: { readonly maxItems: number }): PropertyDecorator {
  return rule(
    'identifierList',
    [maxItems],
    (value) =>
      Array.isArray(value) &&
      value.length <= maxItems &&
      value.every((item) => typeof item === 'string' && IDENTIFIER.test(item)),
    `must be a list of at most ${maxItems} ids`,
  );
}

/** An object of at most `maxEntries` texts of 1 to `max` characters, by names that are ids and do not look like a number. */
export function IsTextMap({
  max,
  maxEntries,
}: {
  readonly max: number;
  readonly maxEntries: number;
}): PropertyDecorator {
  return rule(
    'textMap',
    [max, maxEntries],
    (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
      const entries = Object.entries(value);
      return (
        entries.length <= maxEntries &&
        entries.every(
          ([key, item]) => IDENTIFIER.test(key) && !/^[0-9]+$/.test(key) && key !== '__proto__' && isText(item, max),
        )
      );
    },
    `must be an object of at most ${maxEntries} texts of 1 to ${max} characters, by names that are ids and no numbers`,
  );
}

/** An instant: ISO 8601 with an offset. */
export function IsInstant(): PropertyDecorator {
  return rule(
    'instant',
    [],
    (value) => typeof value === 'string' && parseInstant(value) !== undefined,
    'must be an ISO 8601 instant with an offset, such as 2026-11-23T09:30:00+08:00',
  );
}

/** A date: `YYYY-MM-DD`. */
export function IsDate(): PropertyDecorator {
  return rule(
    'date',
    [],
    (value) => typeof value === 'string' && parseDate(value) !== undefined,
    'must be a date, such as 2026-11-23',
  );
}

/** A calendar period: ISO 8601 years, months, weeks, days, such as `P1M`. */
export function IsPeriod(): PropertyDecorator {
  return rule(
    'period',
    [],
    (value) => typeof value === 'string' && parsePeriod(value) !== undefined,
    'must be an ISO 8601 period of years, months, weeks or days, such as P1M',
  );
}

/** An ISO 4217 code of a currency in use. */
export function IsCurrency(): PropertyDecorator {
  return rule(
    'currency',
    [],
    (value) => typeof value === 'string' && isCurrency(value),
    'must be an ISO 4217 code of a currency in use, such as EUR',
  );
}

/** Bounds that keep sums in 64 bits: an amount or a quantity is at most 999,999,999.999999. */
const GREATEST_AMOUNT = 10n ** 15n;

export interface DecimalBounds {
  /** `negative`: any sign (default: not negative) · `positive`: above 0. */
  readonly sign?: 'any' | 'positive';
}

/** An amount of money: a decimal string of at most six decimals, below 10^9; not negative unless told otherwise. */
export function IsAmount({ sign }: DecimalBounds = {}): PropertyDecorator {
  return rule(
    'amount',
    [sign ?? 'not-negative'],
    (value) => typeof value === 'string' && isBoundedDecimal(value, sign),
    `must be a decimal string${signWords(sign)} with at most 6 decimals, below 1000000000, such as "12.5"`,
  );
}

/** A quantity above 0 with at most six decimals, below 10^9: a number, or a decimal string. */
export function IsQuantity(): PropertyDecorator {
  return rule(
    'quantity',
    [],
    (value) => {
      if (typeof value === 'number') return isBoundedDecimal(String(value), 'positive');
      return typeof value === 'string' && isBoundedDecimal(value, 'positive');
    },
    'must be a number (or a decimal string) above 0 with at most 6 decimals, below 1000000000',
  );
}

/** A number, or a text of 1 to `max` characters: what people agree on is not always a number. */
export function IsTextOrNumber({ max }: { readonly max: number }): PropertyDecorator {
  return rule(
    'textOrNumber',
    [max],
    (value) => (typeof value === 'number' ? Number.isFinite(value) : isText(value, max)),
    `must be a number, or a text of 1 to ${max} characters`,
  );
}

/** A number of any sign, or a plain decimal string of at most 18 decimals. */
export function IsNumberOrDecimal(): PropertyDecorator {
  return rule(
    'numberOrDecimal',
    [],
    (value) =>
      typeof value === 'number' ? Number.isFinite(value) : typeof value === 'string' && isPlainDecimal(value, 18),
    'must be a number, or a decimal string with at most 18 decimals, such as "1000000.5"',
  );
}

/** An exchange rate above 0: a decimal string of at most 12 decimals, below 10^6. */
export function IsRate(): PropertyDecorator {
  return rule(
    'rate',
    [],
    (value) =>
      typeof value === 'string' &&
      isPlainDecimal(value, RATE_DECIMALS) &&
      /[1-9]/.test(value) &&
      !value.startsWith('-') &&
      value.split('.', 1)[0]!.length <= 6,
    'must be a decimal string above 0 with at most 12 decimals, below 1000000, such as "7.25"',
  );
}

const NESTED = Symbol('nested');

/** The class of the objects that a property holds, where it was declared by {@link ListOf} or {@link ObjectOf}. */
export function nestedClass(target: object, property: string): (new () => object) | undefined {
  const declared: (() => new () => object) | undefined = Reflect.getMetadata(NESTED, target, property);
  return declared?.();
}

/** An array of objects of a class with rules of its own. */
export function ListOf(
  item: () => new () => object,
  { min, max }: { readonly min: number; readonly max: number },
): PropertyDecorator {
  return (target, property) => {
    Reflect.defineMetadata(NESTED, item, target, property);
    Type(item)(target, property);
    for (const decorate of [IsArray(), ArrayMinSize(min), ArrayMaxSize(max), ValidateNested({ each: true })]) {
      decorate(target, property);
    }
  };
}

/** An object of a class with rules of its own. */
export function ObjectOf(object: () => new () => object): PropertyDecorator {
  return (target, property) => {
    Reflect.defineMetadata(NESTED, object, target, property);
    Type(object)(target, property);
    ValidateNested()(target, property);
  };
}

function isText(value: unknown, max: number): boolean {
  return typeof value === 'string' && value.length <= max && value.trim() !== '' && !UNPRINTABLE.test(value);
}

function isBoundedDecimal(text: string, sign: DecimalBounds['sign']): boolean {
  if (!isPlainDecimal(text, MONEY_DECIMALS)) return false;
  const value = parseMicros(text);
  if (value >= GREATEST_AMOUNT || value <= -GREATEST_AMOUNT) return false;
  return sign === 'any' || (sign === 'positive' ? value > 0n : value >= 0n);
}

function signWords(sign: DecimalBounds['sign']): string {
  if (sign === 'any') return '';
  return sign === 'positive' ? ' above 0' : ', not negative,';
}
