import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { METRIC } from '#platform';

const OPERATIONS = join(import.meta.dirname, '..', '..', 'docs', 'operations');
const yaml: { load(text: string): unknown } = createRequire(import.meta.url)('js-yaml');

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

const dashboard: { readonly panels: readonly Panel[]; readonly templating: { readonly list: { name: string }[] } } =
  JSON.parse(readFileSync(join(OPERATIONS, 'grafana-dashboard.json'), 'utf8'));
const { groups } = yaml.load(readFileSync(join(OPERATIONS, 'alerts.yaml'), 'utf8')) as {
  groups: readonly { readonly name: string; readonly rules: readonly Alert[] }[];
};
const alerts = groups.flatMap(({ rules }) => rules);
const expressions = [
  ...alerts.map(({ alert, expr }) => [alert, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
];

/** What Prometheus makes of the names: a histogram has three of its own; `up` is Prometheus' word. */
async function knownNames(): Promise<Set<string>> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const base = [...Object.values(METRIC), ...registry.getMetricsAsArray().map(({ name }) => name), 'up'];
  registry.clear();
  return new Set(base.flatMap((name) => [name, ...['_bucket', '_sum', '_count'].map((suffix) => name + suffix)]));
}

/** The names of metrics in an expression: words that are no function's, label's, variable's or modifier's. */
function metricNames(expression: string): string[] {
  const bare = expression
    .replace(/"[^"]*"/g, '""')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, '');
  return (bare.match(/\b[a-z_][a-z0-9_]*\b(?!\s*\()/g) ?? []).filter((word) => !/^(and|or|unless|by|e6)$/.test(word));
}

function isBalanced(expression: string): boolean {
  let depth = 0;
  for (const character of expression.replace(/"[^"]*"/g, '')) {
    if ('({['.includes(character)) depth += 1;
    if (')}]'.includes(character)) depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

describe('the dashboard and the alerts', () => {
  it.each(expressions)('ask only for what is measured: %s', async (_, expression) => {
    const names = metricNames(expression);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => name === 'up' || name.includes('_'))).toEqual(names);
    const known = await knownNames();
    expect(names.filter((name) => !known.has(name))).toEqual([]);
    expect(isBalanced(expression)).toBe(true);
  });

  it('show every metric of the ledger', () => {
    const asked = expressions.map(([, expression]) => expression).join('\n');
    expect(Object.values(METRIC).filter((name) => !asked.includes(name))).toEqual([]);
  });

  it('use labels that the metrics have', () => {
    const labels = new Set(
      expressions.flatMap(([, expression]) =>
        [...expression.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label]) => label),
      ),
    );
    expect([...labels].sort()).toEqual(['job', 'outcome', 'result', 'route', 'status']);
  });

  it('have panels that do not lie upon each other, and every variable they use', () => {
    const taken = new Set<string>();
    for (const { gridPos, id } of dashboard.panels) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x},${y}`) ? id : undefined).toBeUndefined();
          taken.add(`${x},${y}`);
        }
      }
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const variables = new Set(dashboard.templating.list.map(({ name }) => name));
    const used = [...JSON.stringify(dashboard.panels).matchAll(/\$\{?([a-z]\w*)\}?/g)].map(([, name]) => name ?? '');
    expect([...new Set(used)].filter((name) => !variables.has(name))).toEqual([]);
  });
});

describe('alerts', () => {
  it('each have a runbook that says what it means, how to see more, what to do and whom to wake', () => {
    const runbooks = readdirSync(join(OPERATIONS, 'runbooks')).sort();
    expect(runbooks).toEqual(alerts.map(({ alert }) => `${alert}.md`).sort());
    for (const { alert, annotations, labels } of alerts) {
      expect(annotations.runbook).toBe(`docs/operations/runbooks/${alert}.md`);
      expect(['page', 'ticket']).toContain(labels.severity);
      const text = readFileSync(join(OPERATIONS, 'runbooks', `${alert}.md`), 'utf8');
      expect([...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) => title)).toEqual([
        alert,
        'What it means',
        'How to see more',
        'What to do',
        'When to wake somebody',
      ]);
    }
  });

  it('are pointed to by links that lead somewhere', () => {
    const folder = join(OPERATIONS, 'runbooks');
    for (const file of readdirSync(folder)) {
      const text = readFileSync(join(folder, file), 'utf8');
      for (const [, link = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
        const [target = '', heading] = link.split('#');
        const linked = readFileSync(join(folder, target), 'utf8');
        if (heading === undefined) continue;
        const headings = [...linked.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => anchorOf(title));
        expect(headings).toContain(heading);
      }
    }
  });
});

/** How a heading is linked to. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}
