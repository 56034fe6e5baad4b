import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { defineCommand, IsInstant, IsText } from '#platform';
import { STAGES, type Stage } from './relationship.events.js';

export class ChangeStage {
  @IsIn([...STAGES])
  to!: Stage;

  @IsInstant()
  at!: string;

  @IsOptional()
  @IsText({ max: 2_000 })
  evidence?: string;

  /** Needed for a move back, for disintegrating, and for an override. */
  @IsOptional()
  @IsText({ max: 2_000 })
  reason?: string;

  /** Managers only: pass although guards are unmet; the event keeps which. */
  @IsOptional()
  @IsBoolean()
  override?: boolean;
}

export const changeStage = defineCommand({
  type: 'change-stage',
  makesNew: true,
  summary: 'Move an account to another stage of the relationship; a refusal by guards lists every unmet one',
  body: ChangeStage,
  subject: 'account',
  permission: 'account-commands',
  dateField: 'at',
  example: {
    to: 'cooperative',
    at: '2026-03-31T18:00:00+08:00',
    evidence: 'Fourth order in a row, on their own initiative',
  },
});
