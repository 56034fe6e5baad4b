import type { Difference } from '#event-sourcing';
import type { RebuildRecord } from '#platform';
import { textTable } from './text-table.js';

const SHOWN_DIFFERENCES = 20;
const SHOWN_DIGEST = 12;

/** How a rebuild ended, in words. */
export function rebuildSummary(record: RebuildRecord): string {
  const { compared, differences, differing, remark, targets } = record;
  const lines = [headingOf(record)];
  if (compared.length > 0) {
    const rows = compared.map(({ name, documents, digests, differing: count }) => [
      name,
      String(documents.live),
      String(documents.made),
      digests.live.slice(0, SHOWN_DIGEST),
      digests.made.slice(0, SHOWN_DIGEST),
      String(count),
    ]);
    lines.push(textTable(['read model', 'serving', 'new', 'digest serving', 'digest new', 'differ'], rows));
  }
  if (remark !== null) lines.push(remark);
  lines.push(...differences.slice(0, SHOWN_DIFFERENCES).map(differenceText));
  if (differences.length > SHOWN_DIFFERENCES) lines.push('  … and more; --json prints up to 100.');
  if (record.phase === 'compared') lines.push(nextSteps(differing, targets.length));
  return lines.join('\n');
}

function headingOf({ kind, phase, position, targets }: RebuildRecord): string {
  const models = `${targets.length} read model${targets.length === 1 ? '' : 's'}`;
  if (phase === 'abandoned') return `The rebuild of ${models} was given up.`;
  if (phase === 'compared') return `Made ${models} up to position ${position}; those that served serve on.`;
  if (kind === 'rollback') return `Went back to ${models}, up to position ${position}.`;
  return `Rebuilt ${models} up to position ${position}; they serve now.`;
}

function differenceText({ projection, key, field, live, made }: Difference): string {
  const what = field === null ? '' : `.${field}`;
  return `  ${projection} [${key.join(', ')}]${what}: serving ${JSON.stringify(live)}, new ${JSON.stringify(made)}`;
}

function nextSteps(differing: number, count: number): string {
  const them = count === 1 ? 'it' : 'them';
  return differing > 0
    ? `Switch to ${them} all the same with --accept-differences, or give ${them} up with --abandon.`
    : `Run "keyledger rebuild" again to switch to ${them}, or give ${them} up with --abandon.`;
}
