import { cpus, release, totalmem } from 'node:os';

/**
 * What a workload's program gives back.
 * @typedef {object} Result
 * @property {readonly Row[]} rows
 * @property {readonly string[]} notes growth exponents, and what a reader must know
 * @property {string} [failure]
 *
 * One line of the table.
 * @typedef {object} Row
 * @property {string} workload
 * @property {string} unit
 * @property {number} ours
 * @property {number} [limit]
 * @property {number | string} [peer]
 * @property {readonly Target[]} targets
 *
 * @typedef {object} Target
 * @property {string} name `× limit`
 * @property {number} value
 * @property {'≥' | '≤'} op
 * @property {number} bound
 */

/** @returns {Target} */
export function atLeast(name, value, bound) {
  return { name, value, op: '≥', bound };
}

/** @returns {Target} */
export function atMost(name, value, bound) {
  return { name, value, op: '≤', bound };
}

/** What the numbers were measured on. */
export function machine({ quick, rounds }) {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${cpus().length} × ${cpu?.model.trim()}, ${memory} GB, Linux ${release()}, Node ${process.versions.node}`,
    `${new Date().toISOString().slice(0, 10)}, medians of ${rounds} interleaved rounds${quick ? ', QUICK: small data, short rounds' : ''}`,
  ].join('\n');
}

/** The results as a Markdown table and the notes behind it. @param {readonly Result[]} results */
export function table(results) {
  const rows = results.flatMap((result) => result.rows.map(cells));
  const head = ['workload', 'ours', 'limit', 'peer', 'ratio', 'target', 'met'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const lines = [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)];
  const notes = results.flatMap(({ notes, failure }) => [
    ...notes,
    ...(failure === undefined ? [] : [`FAILED: ${failure}`]),
  ]);
  return `${lines.join('\n')}\n\n${notes.map((note) => `- ${note}`).join('\n')}\n`;
}

function cells({ workload, unit, ours, limit, peer, targets }) {
  const amount = (value) =>
    value === undefined ? '–' : typeof value === 'string' ? value : `${shown(value)} ${unit}`.trim();
  return [
    workload,
    amount(ours),
    amount(limit),
    amount(peer),
    targets.map(({ name, value }) => `${shown(value)} ${name}`).join('; ') || '–',
    targets.map(({ op, bound, name }) => `${op} ${shown(bound)} ${name}`).join('; ') || '–',
    targets.map(({ value, op, bound }) => ((op === '≥' ? value >= bound : value <= bound) ? 'yes' : 'NO')).join('; ') ||
      '–',
  ];
}

function shown(value) {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
