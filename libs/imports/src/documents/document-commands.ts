import { completeAccount, ensureAccount } from '#accounts';
import { parseDate } from '#calendar';
import { logVisit } from '#engagement';
import type { JsonObject } from '#event-sourcing';
import { isCurrency } from '#money';
import { issueCreditNote, placeOrder, setExchangeRate } from '#orders';
import { type CommandDefinition, checkBody, type ProblemError } from '#platform';
import { scoreSurvey } from '#satisfaction';
import type { ImportError } from '../import-answer.js';
import type { ImportDocument } from './import-document.js';

/** A command but for who sends it. */
export interface CommandDraft {
  readonly definition: CommandDefinition;
  readonly params: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

/** What a document asks of the ledger. */
export interface DocumentCommands {
  readonly command: CommandDraft;
  /** Makes sure that the document's account is registered, and named if the document names it; goes first. */
  readonly ensure?: CommandDraft & { readonly accountId: string; readonly name?: string };
}

/** The commands of a document without errors, or what of their form is wrong. */
export function commandsOf(document: ImportDocument): DocumentCommands | readonly ImportError[] {
  const command = commandOf(document);
  const ensure = ensureOf(document);
  const errors = [
    ...checkParams(document, command),
    ...(ensure === undefined ? [] : checked(ensure, (error) => accountError(document, error))),
    ...checked(command, (error) => bodyError(document, error)),
  ];
  if (errors.length > 0) return errors;
  return ensure === undefined ? { command } : { command, ensure };
}

function commandOf({ form, header, lines }: ImportDocument): CommandDraft {
  const { accountId = '', accountName: _, ...fields } = header;
  const params = { accountId };
  switch (form.kind) {
    case 'orders':
      return { definition: placeOrder, params, body: { ...fields, lines: lines.map(({ values }) => ({ ...values })) } };
    case 'credit-notes':
      return {
        definition: issueCreditNote,
        params,
        body: { ...fields, lines: lines.map(({ values }) => ({ ...values })) },
      };
    case 'visits':
      return { definition: logVisit, params, body: { ...fields } };
    case 'surveys':
      return { definition: scoreSurvey, params, body: { ...fields, score: scoreOf(fields.score) } };
    case 'accounts':
      return { definition: completeAccount, params: {}, body: { ...header } };
    case 'exchange-rates': {
      const { currency = '', date = '', rate } = header;
      return { definition: setExchangeRate, params: { currency, date }, body: { rate } };
    }
  }
}

/** A text that is no number stays one, which the rules then refuse. */
function scoreOf(text = ''): string | number {
  return /^-?[0-9]{1,9}(\.[0-9]{1,9})?$/.test(text.trim()) ? Number(text) : text;
}

function ensureOf({ form, header }: ImportDocument): DocumentCommands['ensure'] {
  if (form.kind === 'accounts' || form.kind === 'exchange-rates') return undefined;
  const { accountId = '', accountName: name } = header;
  const at = form.instant === undefined ? undefined : header[form.instant];
  const named = name === undefined ? {} : { name };
  return { definition: ensureAccount, params: {}, body: { accountId, ...named, at }, accountId, ...named };
}

function checked(
  { definition, body }: CommandDraft,
  place: (error: ProblemError) => Omit<ImportError, 'code' | 'message'>,
): ImportError[] {
  return checkBody(definition.body, body).map((error) => ({
    ...place(error),
    code: error.code,
    message: sentence(error.message),
  }));
}

/** The parts of a path are no part of a body, and so of no body's rules. */
function checkParams(document: ImportDocument, { params }: CommandDraft): ImportError[] {
  const errors: ImportError[] = [];
  const { currency, date } = params;
  const note = (field: string, message: string) => {
    errors.push({ row: document.row, field, code: field, message });
  };
  if (currency !== undefined && !isCurrency(currency)) {
    note('currency', 'Must be an ISO 4217 code of a currency in use, such as EUR.');
  }
  if (date !== undefined && parseDate(date) === undefined) note('date', 'Must be a date, such as 2026-11-23.');
  return errors;
}

function accountError(document: ImportDocument, { path }: ProblemError): { row: number; field: string | null } {
  const member = path.slice(1);
  const field = member === 'name' ? 'accountName' : member === 'at' ? (document.form.instant ?? null) : member;
  return { row: rowOf(document, field), field };
}

function bodyError(document: ImportDocument, { path }: ProblemError): { row: number; field: string | null } {
  const [member = '', index, column] = path.slice(1).split('/');
  if (member !== 'lines') return { row: rowOf(document, member), field: member === '' ? null : member };
  const line = document.lines[Number(index ?? 0)];
  return { row: line?.row ?? document.row, field: column ?? null };
}

function rowOf(document: ImportDocument, field: string | null): number {
  return (field === null ? undefined : document.headerRows[field]) ?? document.row;
}

/** `must be a date` → `Must be a date.` */
export function sentence(words: string): string {
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
