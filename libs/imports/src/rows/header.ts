import { Problem, type ProblemError } from '#platform';

/**
 * Checks the column names of a file.
 * @param allowed left out: any
 * @throws Problem 422 `duplicate-column`, `unknown-column`, `missing-column`, the first of these that holds
 */
export function checkHeader(
  columns: readonly string[],
  required: readonly string[],
  allowed: readonly string[] | undefined,
): void {
  const doubled = columns.filter((column, index) => columns.indexOf(column) !== index);
  refuse('duplicate-column', 'The header names a column twice', doubled);
  const unknown = allowed === undefined ? [] : columns.filter((column) => !allowed.includes(column));
  refuse('unknown-column', 'The header has columns that are not known', unknown, ` (known: ${allowed?.join(', ')})`);
  const missing = required.filter((column) => !columns.includes(column));
  refuse('missing-column', 'The header lacks columns', missing);
}

function refuse(code: string, words: string, columns: readonly string[], hint = ''): void {
  if (columns.length === 0) return;
  const named = columns.slice(0, 20).map((column) => column.slice(0, 64));
  const message =
    code === 'missing-column' ? 'is missing' : code === 'unknown-column' ? 'is not known' : 'is there twice';
  const errors = named.map((column): ProblemError => ({ path: `/${pointer(column)}`, code, message }));
  throw new Problem(422, code, `${words}: ${named.join(', ')}${hint}.`, { errors });
}

function pointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
