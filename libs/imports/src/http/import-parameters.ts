import { IsIn, IsOptional } from 'class-validator';
import { checkBody, Problem } from '#platform';
import { IMPORT_KINDS, type ImportKind } from '../import-forms.js';

/** The parameters of `POST /v1/imports`. */
export class ImportParameters {
  @IsIn(IMPORT_KINDS)
  kind!: ImportKind;

  /** `true`: check what can be checked without the ledger, record nothing. */
  @IsOptional()
  @IsIn(['true', 'false'])
  dryRun?: 'true' | 'false';

  /** What follows after a document was rejected; default `skip`: the next one. */
  @IsOptional()
  @IsIn(['skip', 'stop'])
  onError?: 'skip' | 'stop';
}

/** @throws Problem 400 with all that is wrong */
export function readParameters(query: unknown): ImportParameters {
  const errors = checkBody(ImportParameters, query);
  const [first] = errors;
  if (first === undefined) return query as ImportParameters;
  throw new Problem(400, 'invalid-request', `The parameter ${first.path.slice(1)} ${first.message}.`, { errors });
}
