import type { ImportAnswer } from '#imports';

const SHOWN_ERRORS = 20;

const STOPS = {
  rejected: 'Stopped at the first rejected document (--on-error stop).',
  unreadable: 'Stopped at a row that cannot be read: mend it and run the same import again.',
  interrupted: 'Called off: run the same import again to go on where it ended.',
  failed: 'Stopped because something failed: run the same import again to go on where it ended.',
} as const;

/** An import's answer in words. */
export function importSummary(answer: ImportAnswer, seconds: number): string {
  const { documents, dryRun, errors, kind, rows, stopped } = answer;
  const pace = seconds >= 1 ? ` (${grouped(Math.round(rows / seconds))} a second)` : '';
  const lines = [
    `${dryRun ? 'Checked' : 'Imported'} ${kind}: ${grouped(rows)} rows in ${seconds.toFixed(1)} s${pace}.`,
    `  ${dryRun ? 'without fault' : 'accepted     '}  ${grouped(documents.accepted)}`,
    `  already known  ${grouped(documents.skipped)}`,
    `  rejected       ${grouped(documents.rejected)}`,
    ...errors.slice(0, SHOWN_ERRORS).map(({ row, field, code, message }) => {
      return `  row ${row}${field === null ? '' : `, ${field}`}: ${message} [${code}]`;
    }),
  ];
  if (errors.length > SHOWN_ERRORS) lines.push(`  … and more; --json prints up to 1,000.`);
  if (stopped !== undefined) lines.push(STOPS[stopped]);
  return lines.join('\n');
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
