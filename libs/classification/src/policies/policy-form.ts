import type { JsonObject, JsonValue } from '#event-sourcing';
import { type ProblemError } from '#platform';
import type { Criterion, Gate, Policy, Scale, Selection, TierRule } from '../classification.events.js';
import { isAppraisal, isMetricId } from '../metric-ids.js';
import type { CriterionBody, GateBody, PolicyBody, TierBody } from './policy-body.js';

const BANDS = 10;
const SELECTORS = ['top', 'minScore', 'cumulativeRevenue'] as const;

/** A policy with every default written out, or all that is wrong with its form. */
export type PolicyForm =
  | { readonly policy: Policy; readonly errors?: undefined }
  | { readonly errors: readonly ProblemError[] };

/** Checks what the body's class-validator rules cannot say, and completes the defaults. */
export function policyForm(body: PolicyBody): PolicyForm {
  const errors: ProblemError[] = [];
  const wrong: Report = (path, code, message) => void errors.push({ path, code, message });
  const gates = (body.gates ?? []).map((gate, index) => gateOf(gate, `/gates/${index}`, wrong));
  const criteria = body.criteria.map((criterion, index) => criterionOf(criterion, `/criteria/${index}`, wrong));
  const keys = criteria.map(({ key }) => key);
  keys.forEach((key, index) => {
    if (keys.indexOf(key) < index) {
      wrong(`/criteria/${index}/key`, 'unique', `"${key}" is the key of an earlier criterion`);
    }
  });
  const selection = body.selection == null ? null : selectionOf(body.selection, wrong);
  if (errors.length > 0) return { errors };
  return {
    policy: {
      name: body.name,
      windowMonths: body.windowMonths === undefined ? 12 : body.windowMonths,
      gates,
      criteria,
      minCoverage: body.minCoverage ?? 0,
      selection,
      tiers: (body.tiers ?? []).map(tierOf),
    },
  };
}

type Report = (path: string, code: string, message: string) => void;

function gateOf({ metric, op, value }: GateBody, path: string, wrong: Report): Gate {
  checkMetric(metric, `${path}/metric`, wrong);
  return { metric, op: op as Gate['op'], value };
}

function criterionOf(body: CriterionBody, path: string, wrong: Report): Criterion {
  checkMetric(body.metric, `${path}/metric`, wrong);
  if (!(body.weight > 0)) wrong(`${path}/weight`, 'positive', 'must be above 0');
  checkScale(body, `${path}/scale`, wrong);
  return {
    key: body.key ?? body.metric,
    metric: body.metric,
    weight: body.weight,
    missing: (body.missing ?? 'exclude') as Criterion['missing'],
    scale: body.scale as Scale,
  };
}

function checkMetric(metric: string, path: string, wrong: Report): void {
  if (!isMetricId(metric)) wrong(path, 'metric', 'must be a metric id of the formulas, or appraisal:<criterion>');
}

function checkScale({ metric, scale }: CriterionBody, path: string, wrong: Report): void {
  switch (scale.type) {
    case 'bands':
      checkMembers(scale, ['type', 'bounds'], path, wrong);
      if (!isAscending(scale.bounds)) wrong(`${path}/bounds`, 'bounds', 'must be ten numbers in ascending order');
      return;
    case 'quantile':
      checkMembers(scale, ['type', 'bins'], path, wrong);
      if (!isIntegerIn(scale.bins, 2, 100)) wrong(`${path}/bins`, 'bins', 'must be an integer from 2 to 100');
      return;
    case 'linear': {
      checkMembers(scale, ['type', 'min', 'max'], path, wrong);
      const { min, max } = scale;
      if (!isFiniteNumber(min)) wrong(`${path}/min`, 'number', 'must be a number');
      if (!isFiniteNumber(max)) wrong(`${path}/max`, 'number', 'must be a number');
      if (isFiniteNumber(min) && isFiniteNumber(max) && !(min < max)) {
        wrong(`${path}/max`, 'range', 'must be above min');
      }
      return;
    }
    case 'judgement':
      checkMembers(scale, ['type'], path, wrong);
      if (!isAppraisal(metric)) wrong(`${path}/type`, 'scale', 'judgement takes the points of an appraisal');
      return;
    default:
      wrong(`${path}/type`, 'scale', 'must be bands, quantile, linear or judgement');
  }
}

function selectionOf(body: JsonObject, wrong: Report): Selection {
  checkMembers(body, [...SELECTORS, 'requireGates'], '/selection', wrong);
  const { top, minScore, cumulativeRevenue, requireGates = false } = body;
  const given = SELECTORS.filter((selector) => body[selector] !== undefined);
  if (given.length !== 1) {
    wrong('/selection', 'selection', 'must have exactly one of top, minScore and cumulativeRevenue');
  }
  if (top !== undefined && !isIntegerIn(top, 1, Number.MAX_SAFE_INTEGER)) {
    wrong('/selection/top', 'top', 'must be an integer of at least 1');
  }
  if (minScore !== undefined && !isFiniteNumber(minScore)) wrong('/selection/minScore', 'number', 'must be a number');
  if (cumulativeRevenue !== undefined && !isShare(cumulativeRevenue)) {
    wrong('/selection/cumulativeRevenue', 'share', 'must be a number above 0 and at most 1');
  }
  if (typeof requireGates !== 'boolean') wrong('/selection/requireGates', 'boolean', 'must be true or false');
  return { ...body, requireGates: requireGates === true };
}

function tierOf({ tier, selected, requireGates, minScore, maxRank }: TierBody): TierRule {
  return {
    tier,
    ...(selected == null ? {} : { selected }),
    ...(requireGates == null ? {} : { requireGates }),
    ...(minScore == null ? {} : { minScore }),
    ...(maxRank == null ? {} : { maxRank }),
  };
}

function checkMembers(object: JsonObject, known: readonly string[], path: string, wrong: Report): void {
  for (const member of Object.keys(object)) {
    if (!known.includes(member)) wrong(`${path}/${pointerToken(member)}`, 'unknown-field', 'is not a known field');
  }
}

/** A member's name in a JSON Pointer (RFC 6901). */
function pointerToken(member: string): string {
  return member.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isAscending(value: JsonValue | undefined): boolean {
  if (!Array.isArray(value) || value.length !== BANDS) return false;
  const bounds: readonly JsonValue[] = value;
  return bounds.every(
    (bound, index) => isFiniteNumber(bound) && (index === 0 || bound > (bounds[index - 1] as number)),
  );
}

function isShare(value: JsonValue): boolean {
  return isFiniteNumber(value) && value > 0 && value <= 1;
}

function isIntegerIn(value: JsonValue | undefined, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
}

function isFiniteNumber(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
