import { describe, expect, test } from '@jest/globals';
import { compileCheck, type Problem } from '#platform';
import { appraiseAccount } from '../commands/appraise-account.js';
import { approveVersion } from '../commands/approve-version.js';
import { draftPolicy } from '../commands/draft-policy.js';
import { draftVersion } from '../commands/draft-version.js';
import { publishVersion } from '../commands/publish-version.js';
import { retireVersion } from '../commands/retire-version.js';
import type { PolicyBody } from './policy-body.js';
import { versionAnswer, withPolicy } from './policy-commands.js';
import { policyForm } from './policy-form.js';

const CRITERION = { metric: 'revenue', weight: 1, scale: { type: 'quantile', bins: 10 } };

/** Paths of what is wrong. */
function wrong(change: object): string[] {
  const form = policyForm({ name: 'P', criteria: [CRITERION], ...change } as unknown as PolicyBody);
  return (form.errors ?? []).map(({ path }) => path);
}

const withScale = (scale: object, metric = 'revenue') => wrong({ criteria: [{ metric, weight: 1, scale }] });

describe('the form of a policy', () => {
  test('defaults are written out', () => {
    expect(policyForm({ name: 'P', criteria: [CRITERION] } as unknown as PolicyBody)).toEqual({
      policy: {
        name: 'P',
        windowMonths: 12,
        gates: [],
        criteria: [
          { key: 'revenue', metric: 'revenue', weight: 1, missing: 'exclude', scale: { type: 'quantile', bins: 10 } },
        ],
        minCoverage: 0,
        selection: null,
        tiers: [],
      },
    });
  });

  test('a window of null is all history', () => {
    const form = policyForm({ name: 'P', windowMonths: null, criteria: [CRITERION] } as unknown as PolicyBody);
    expect(form).toMatchObject({ policy: { windowMonths: null } });
  });

  test.each([
    [{ type: 'bands', bounds: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }, []],
    [{ type: 'bands', bounds: [0, 1, 2, 3, 4, 5, 6, 7, 8] }, ['/criteria/0/scale/bounds']],
    [{ type: 'bands', bounds: [0, 1, 2, 3, 4, 5, 6, 7, 8, 8] }, ['/criteria/0/scale/bounds']],
    [{ type: 'bands', bounds: [0, 1, 2, 3, 4, 5, 6, 7, 8, '9'] }, ['/criteria/0/scale/bounds']],
    [{ type: 'bands' }, ['/criteria/0/scale/bounds']],
    [{ type: 'quantile', bins: 2 }, []],
    [{ type: 'quantile', bins: 100 }, []],
    [{ type: 'quantile', bins: 1 }, ['/criteria/0/scale/bins']],
    [{ type: 'quantile', bins: 101 }, ['/criteria/0/scale/bins']],
    [{ type: 'quantile', bins: 2.5 }, ['/criteria/0/scale/bins']],
    [{ type: 'quantile', bins: 5, min: 1 }, ['/criteria/0/scale/min']],
    [{ type: 'linear', min: -1, max: 1 }, []],
    [{ type: 'linear', min: 1, max: 1 }, ['/criteria/0/scale/max']],
    [{ type: 'linear' }, ['/criteria/0/scale/min', '/criteria/0/scale/max']],
    [{ type: 'judgement' }, ['/criteria/0/scale/type']],
    [{ type: 'curve' }, ['/criteria/0/scale/type']],
    [{}, ['/criteria/0/scale/type']],
  ])('scale %j', (scale, expected) => {
    expect(withScale(scale)).toEqual(expected);
  });

  test('judgement takes an appraisal, which may have any name', () => {
    expect(withScale({ type: 'judgement' }, 'appraisal:brand-value')).toEqual([]);
    expect(withScale({ type: 'judgement' }, 'appraisal:')).toEqual(['/criteria/0/metric', '/criteria/0/scale/type']);
  });

  test.each([
    [{ top: 1 }, []],
    [{ minScore: 0, requireGates: true }, []],
    [{ cumulativeRevenue: 1 }, []],
    [{}, ['/selection']],
    [{ top: 1, minScore: 2 }, ['/selection']],
    [{ top: 0 }, ['/selection/top']],
    [{ top: 1.5 }, ['/selection/top']],
    [{ cumulativeRevenue: 0 }, ['/selection/cumulativeRevenue']],
    [{ cumulativeRevenue: 50 }, ['/selection/cumulativeRevenue']],
    [{ minScore: '7' }, ['/selection/minScore']],
    [{ top: 1, requireGates: 'yes' }, ['/selection/requireGates']],
    [{ top: 1, 'a/b~': 1 }, ['/selection/a~1b~0']],
  ])('selection %j', (selection, expected) => {
    expect(wrong({ selection })).toEqual(expected);
  });

  test('all that is wrong is told at once', () => {
    const criteria = [CRITERION, { ...CRITERION, weight: 0 }, { ...CRITERION, key: 'k', metric: 'turnover' }];
    const gates = [{ metric: 'growth', op: '>', value: 1 }];
    expect(wrong({ criteria, gates })).toEqual([
      '/gates/0/metric',
      '/criteria/1/weight',
      '/criteria/2/metric',
      '/criteria/1/key',
    ]);
  });
});

describe('the bodies', () => {
  const commands = [appraiseAccount, draftPolicy, draftVersion, approveVersion, publishVersion, retireVersion];

  test.each(commands.map((command) => [command.type, command] as const))(
    'the example of %s is well-formed',
    async (_, command) => {
      expect(compileCheck(command.body)(command.example)).toBe(true);
      if (command.type === 'draft-policy' || command.type === 'draft-version') {
        expect(withPolicy(command.example)).toHaveProperty('policy.name');
      }
    },
  );

  const isPolicy = compileCheck(draftPolicy.body);
  const least = { name: 'P', criteria: [CRITERION] };

  test.each<[string, object, boolean]>([
    ['the least', {}, true],
    ['all history', { windowMonths: null }, true],
    ['a gate with a number', { gates: [{ metric: 'csat', op: '>=', value: 90.5 }] }, true],
    ['a gate with a decimal', { gates: [{ metric: 'revenue', op: '>', value: '-1000000.000001' }] }, true],
    ['a gate with a text', { gates: [{ metric: 'revenue', op: '>', value: '1e6' }] }, false],
    ['a gate without value', { gates: [{ metric: 'revenue', op: '>' }] }, false],
    ['an equality', { gates: [{ metric: 'revenue', op: '=', value: 1 }] }, false],
    ['21 gates', { gates: Array(21).fill({ metric: 'revenue', op: '>', value: 1 }) }, false],
    ['no criterion', { criteria: [] }, false],
    ['51 criteria', { criteria: Array(51).fill(CRITERION) }, false],
    ['21 tiers', { tiers: Array(21).fill({ tier: 'key' }) }, false],
    ['a window of 121 months', { windowMonths: 121 }, false],
    ['a window of no months', { windowMonths: 0 }, false],
    ['coverage above 1', { minCoverage: 1.1 }, false],
    ['a scale that is none', { criteria: [{ ...CRITERION, scale: 'bands' }] }, false],
    ['an unknown field', { weighting: 1 }, false],
  ])('%s', (_, change, expected) => {
    expect(isPolicy({ ...least, ...change })).toBe(expected);
  });

  test.each([
    [1, true],
    [10, true],
    [5.5, true],
    [0.9, false],
    [11, false],
    ['5', false],
  ])('%j points', (points, expected) => {
    expect(compileCheck(appraiseAccount.body)({ criterion: 'fit', points, at: '2026-01-01T00:00:00Z' })).toBe(expected);
  });

  test('a policy out of form is refused with a list', () => {
    const refused = () => withPolicy({ ...least, selection: {} });
    expect(refused).toThrow('The policy is not well-formed.');
    try {
      refused();
    } catch (problem) {
      expect((problem as Problem).status).toBe(400);
      expect((problem as Problem).more.errors).toEqual([
        {
          path: '/selection',
          code: 'selection',
          message: 'must have exactly one of top, minScore and cumulativeRevenue',
        },
      ]);
    }
  });
});

describe('the answer to a policy command', () => {
  const data = { policyId: 'net', version: '2' };

  test('tells what its events made of the version', () => {
    const published = {
      type: 'policy-published.v1',
      data: { policyId: 'net', version: 3, effectiveFrom: '2026-01-01' },
      occurredAt: '',
    };
    const drafted = { type: 'policy-drafted.v1', data: { policyId: 'net', version: 3 }, occurredAt: '' };
    expect(versionAnswer([drafted], { policyId: 'net' }, 'draft')).toEqual({
      policyId: 'net',
      version: 3,
      status: 'draft',
      effectiveFrom: null,
    });
    expect(versionAnswer([drafted, published], { policyId: 'net', effectiveFrom: '2026-01-01' }, 'draft')).toEqual({
      policyId: 'net',
      version: 3,
      status: 'published',
      effectiveFrom: '2026-01-01',
    });
  });

  test('or what was so already', () => {
    expect(versionAnswer([], data, 'approved')).toEqual({
      policyId: 'net',
      version: 2,
      status: 'approved',
      effectiveFrom: null,
    });
    expect(versionAnswer([], { policyId: 'net', effectiveFrom: '2026-01-01' }, 'published')).toEqual({
      policyId: 'net',
      version: 1,
      status: 'published',
      effectiveFrom: '2026-01-01',
    });
  });
});
