import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { defineCommand, IsDate, IsInstant, IsPeriod } from '#platform';

/** The body of `PUT /v1/accounts/{accountId}/cadence`. */
export class SetCadence {
  /** ISO 8601 period of years, months, weeks or days: `P1M`, `P3M`, `P14D`. */
  @IsPeriod()
  every!: string;

  /** Days after the due day on which a visit is not yet overdue; default 0. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(365)
  graceDays?: number;

  /** From when on the cadence counts: an account without a visit is due one interval after this day. */
  @IsOptional()
  @IsDate()
  start?: string;

  @IsOptional()
  @IsInstant()
  at?: string;
}

/** Sets how often an account is to be visited, from `at` on. The cadence that is in force then, again, changes nothing. */
export const setCadence = defineCommand({
  type: 'set-cadence',
  summary: 'Set how often the customer is to be visited',
  body: SetCadence,
  subject: 'account',
  permission: 'account-commands',
  example: { every: 'P3M', graceDays: 7, start: '2026-01-01' },
});
