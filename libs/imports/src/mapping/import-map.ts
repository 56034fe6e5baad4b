/**
 * A map: how the columns of any file become the columns of an import. Plain data, read from a JSON file by
 * `parseImportMap`; `docs/guides/importing.md` is its reference.
 */
export interface ImportMap {
  /** What the map is for; not used. */
  readonly about?: string;
  /** Of a CSV file; default a comma. */
  readonly delimiter?: string;
  /** A label of the WHATWG Encoding Standard; default `utf-8`. */
  readonly encoding?: string;
  /** Rows for which one of these does not hold are passed over. */
  readonly keep: readonly Condition[];
  /** Rows for which one of these holds are passed over. */
  readonly drop: readonly Condition[];
  /** By column of the import. */
  readonly fields: Fields;
  /** Which rows of orders are credit notes instead, and their columns, complete. */
  readonly creditNotes?: { readonly when: Condition; readonly fields: Fields };
}

export type Fields = Readonly<Record<string, CellRule>>;

/** What one cell says, white space around it cut off. */
export interface Condition {
  readonly column: string;
  readonly test: 'is' | 'startsWith';
  /** One of them suffices. An empty text is an empty cell. */
  readonly texts: readonly string[];
}

/** How one cell of the import is made. */
export interface CellRule {
  readonly source:
    | { readonly column: string }
    | { readonly value: string }
    /** Texts and `{column}`s in turn, `{row}` being the row's number. */
    | { readonly template: readonly (string | { readonly column: string } | { readonly row: true })[] }
    /** A cell divided by another. */
    | { readonly divide: readonly [string, string] };
  /** What stands for other texts, by those. */
  readonly values?: ReadonlyMap<string, string>;
  /** What stands for an empty cell. */
  readonly default?: string;
  readonly date?: DateRule;
  /** Left out when the cell is no number to the map. */
  readonly number?: NumberRule;
}

export interface DateRule {
  readonly pattern: string;
  /** An IANA name, or `ledger`: the ledger's own. Left out for a date without time. */
  readonly zone?: string;
}

export interface NumberRule {
  readonly decimalMark: '.' | ',';
  readonly negate: boolean;
  /** Decimals that are left, a half going to the even neighbour. */
  readonly round?: number;
}
