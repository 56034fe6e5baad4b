/** What can be imported. */
export const IMPORT_KINDS = ['orders', 'credit-notes', 'visits', 'surveys', 'accounts', 'exchange-rates'] as const;

export type ImportKind = (typeof IMPORT_KINDS)[number];

/** The columns of a kind of import and what they make: see "Imports" of the HTTP contract. */
export interface ImportForm {
  readonly kind: ImportKind;
  /** What one document is called in messages. */
  readonly noun: string;
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Columns that together tell one document from another. */
  readonly identity: readonly string[];
  /** The column that tells when it was true; of several rows the earliest counts. */
  readonly instant?: string;
  /** A column that holds a date without time. */
  readonly date?: string;
  /** The columns of one line of the document; left out: a document is one row. */
  readonly line?: readonly string[];
}

export const IMPORT_FORMS: Readonly<Record<ImportKind, ImportForm>> = {
  orders: {
    kind: 'orders',
    noun: 'order',
    required: ['accountId', 'orderId', 'placedAt', 'currency', 'sku', 'quantity', 'unitPrice'],
    optional: ['accountName', 'discountAmount', 'unitCost', 'description', 'channel'],
    identity: ['accountId', 'orderId'],
    instant: 'placedAt',
    line: ['sku', 'quantity', 'unitPrice', 'discountAmount', 'unitCost', 'description'],
  },
  'credit-notes': {
    kind: 'credit-notes',
    noun: 'credit note',
    required: ['accountId', 'creditNoteId', 'issuedAt', 'currency', 'sku', 'quantity', 'unitPrice'],
    optional: ['accountName', 'orderId', 'reason'],
    identity: ['accountId', 'creditNoteId'],
    instant: 'issuedAt',
    line: ['sku', 'quantity', 'unitPrice'],
  },
  visits: {
    kind: 'visits',
    noun: 'visit',
    required: ['accountId', 'visitId', 'channel', 'visitedAt'],
    optional: ['accountName', 'summary'],
    identity: ['accountId', 'visitId'],
    instant: 'visitedAt',
  },
  surveys: {
    kind: 'surveys',
    noun: 'survey',
    required: ['accountId', 'surveyId', 'metric', 'score', 'scoredAt'],
    optional: ['accountName', 'respondent', 'touchpoint', 'comment'],
    identity: ['accountId', 'surveyId'],
    instant: 'scoredAt',
  },
  accounts: {
    kind: 'accounts',
    noun: 'account',
    required: ['accountId', 'name'],
    optional: ['industry', 'region', 'groupId'],
    identity: ['accountId'],
  },
  'exchange-rates': {
    kind: 'exchange-rates',
    noun: 'exchange rate',
    required: ['currency', 'date', 'rate'],
    optional: [],
    identity: ['currency', 'date'],
    date: 'date',
  },
};

/** All columns of a form, the required ones first. */
export function columnsOf(form: ImportForm): readonly string[] {
  return [...form.required, ...form.optional];
}
