import 'reflect-metadata';
import { getMetadataStorage, type ValidatorConstraintInterface, validateSync } from 'class-validator';
import type { ProblemError } from '../problems/problem.js';
import { nestedClass } from './rules.js';

type Rules = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>;
type Body = new () => object;
type Check = (value: unknown) => boolean;

/** The class-validator metadata of a class, its parents' included. */
export function rulesOf(body: Body): Rules {
  return getMetadataStorage().getTargetValidationMetadatas(body, '', false, false);
}

const compiled = new Map<Body, Check>();

/**
 * A check compiled from the class-validator rules of a class: whether a plain value keeps all of them and has no member
 * without a rule. It says what {@link wordErrors} says, only without words, and some twenty times as fast.
 * @throws Error for a rule that cannot be compiled: a class with one stops the start
 */
export function compileCheck(body: Body): Check {
  const known = compiled.get(body);
  if (known !== undefined) return known;
  // Before its members, for a class that holds objects of its own kind.
  compiled.set(body, (value) => check(value));
  const check = compile(body);
  compiled.set(body, check);
  return check;
}

function compile(body: Body): Check {
  const members = new Map<string, { optional: boolean; tests: Check[] }>();
  for (const rule of rulesOf(body)) {
    const member = members.get(rule.propertyName) ?? { optional: false, tests: [] };
    members.set(rule.propertyName, member);
    if (rule.type === 'conditionalValidation' && rule.name === 'isOptional') member.optional = true;
    else member.tests.push(compileRule(body, rule));
  }
  const rules = [...members].map(([key, member]) => ({ key, ...member }));
  return (value) => {
    if (!isPlainObject(value)) return false;
    for (const key of Object.keys(value)) if (!members.has(key)) return false;
    for (const { key, optional, tests } of rules) {
      const own = Object.hasOwn(value, key) ? value[key] : undefined;
      if (optional && (own === undefined || own === null)) continue;
      for (const test of tests) if (!test(own)) return false;
    }
    return true;
  };
}

function compileRule(body: Body, rule: Rules[number]): Check {
  const { constraintCls, constraints, each, propertyName: property, type } = rule;
  if (type === 'nestedValidation') {
    const nested = nestedClass(body.prototype, property);
    if (nested === undefined) throw new Error(`${body.name}.${property} is nested without ListOf or ObjectOf`);
    const check = compileCheck(nested);
    return each ? (value) => Array.isArray(value) && value.every(check) : check;
  }
  if (type !== 'customValidation' || each || rule.validateIf !== undefined || rule.groups.length > 0) {
    throw new Error(`the rule ${rule.name ?? type} of ${body.name}.${property} cannot be compiled`);
  }
  const constraint = new (constraintCls as new () => ValidatorConstraintInterface)();
  const args = { value: undefined, constraints, targetName: body.name, object: {}, property };
  return (value) => constraint.validate(value, args) === true;
}

/** What is wrong with a body, all of it; empty for a good one. */
export function checkBody(body: Body, value: unknown): ProblemError[] {
  return compileCheck(body)(value) ? [] : wordErrors(body, value);
}

/** More complaints than these help nobody, and a small body must not make a large answer. */
const MOST_ERRORS = 500;
/** No body that is right is nested as deep; what is nested without end would exhaust the stack. */
const DEEPEST = 32;

function wordErrors(body: Body, value: unknown): ProblemError[] {
  if (!isPlainObject(value)) return [notAnObject('')];
  if (isDeeper(value, DEEPEST)) return [{ path: '', code: 'too-deep', message: 'is nested too deeply' }];
  const errors: ProblemError[] = [];
  wordObject(body, value, '', errors);
  if (errors.length > 0) return errors.slice(0, MOST_ERRORS);
  throw new Error(`the rules of ${body.name} disagree with their compiled check`);
}

/**
 * Adds what is wrong with an object and with those within it, until there are enough complaints. class-validator words one
 * object at a time: it would word all that are within before it could be stopped, at some 40 µs each.
 */
function wordObject(body: Body, value: Record<string, unknown>, path: string, errors: ProblemError[]): void {
  const rules = rulesOf(body);
  const names = new Set(rules.map(({ propertyName }) => propertyName));
  const lists = new Set(rules.filter(({ each }) => each).map(({ propertyName }) => propertyName));
  // class-validator lets pass what every object inherits, so only the members that have rules come before it.
  const known: Record<string, unknown> = Object.create(body.prototype);
  for (const name of Object.keys(value)) {
    if (errors.length >= MOST_ERRORS) return;
    if (!names.has(name)) {
      errors.push({ path: pathOf(path, name), code: 'unknown-field', message: 'is not known here' });
      continue;
    }
    const isNested = nestedClass(body.prototype, name) !== undefined;
    known[name] = isNested ? standIn(value[name], lists.has(name)) : value[name];
  }
  const tooLong = new Set<string>();
  for (const { constraints = {}, property, value: wrong } of validateSync(known)) {
    if ('arrayMaxSize' in constraints) tooLong.add(property);
    errors.push(wordMember(constraints, property, wrong, path));
  }
  for (const name of names) {
    const nested = nestedClass(body.prototype, name);
    // A list that is too long is refused by that alone, and what it holds is not looked at.
    if (nested === undefined || tooLong.has(name)) continue;
    const member = value[name];
    if (!lists.has(name)) wordNested(nested, member, pathOf(path, name), errors);
    else if (Array.isArray(member)) wordItems(nested, member, pathOf(path, name), errors);
  }
}

function wordItems(body: Body, items: readonly unknown[], path: string, errors: ProblemError[]): void {
  const isGood = compileCheck(body);
  for (const [index, item] of items.entries()) {
    if (errors.length >= MOST_ERRORS) return;
    if (isGood(item)) continue;
    if (isPlainObject(item)) wordObject(body, item, `${path}/${index}`, errors);
    else errors.push(notAnObject(`${path}/${index}`));
  }
}

function wordNested(body: Body, member: unknown, path: string, errors: ProblemError[]): void {
  if (isPlainObject(member)) wordObject(body, member, path, errors);
  else if (Array.isArray(member)) errors.push(notAnObject(path));
}

/** What class-validator gets to see of a member that holds objects: its kind and, of a list, the length. */
function standIn(member: unknown, isList: boolean): unknown {
  if (typeof member !== 'object' || member === null) return member;
  if (!isList) return [];
  if (!Array.isArray(member)) return 'no list';
  const asLong: unknown[] = [];
  asLong.length = member.length;
  return asLong;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}

/** One complaint a member: the others mostly follow from it. */
function wordMember(
  constraints: Readonly<Record<string, string>>,
  property: string,
  value: unknown,
  parent: string,
): ProblemError {
  const path = pathOf(parent, property);
  if (value === undefined || value === null) return { path, code: 'required', message: 'is required' };
  const [[name, message] = ['invalid', 'is not valid']] = Object.entries(constraints);
  return { path, code: codeOf(name), message: messageOf(message, property) };
}

function notAnObject(path: string): ProblemError {
  return { path, code: 'not-an-object', message: 'must be a JSON object' };
}

/** The JSON Pointer (RFC 6901) to a member. */
function pathOf(parent: string, name: string): string {
  return `${parent}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** `isInt` → `is-int`, `identifier` → `identifier` */
function codeOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function messageOf(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
