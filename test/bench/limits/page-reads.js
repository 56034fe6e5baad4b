import { DatabaseSync } from '@photostructure/sqlite';

const PAGE = 2_000;

/** The limit of W4: reads the log page by page and parses what stands in the rows as JSON; nothing else. */
export function readPages(file) {
  const database = new DatabaseSync(file, { readOnly: true, returnArrays: true });
  const page = database.prepare(
    'SELECT position, stream, revision, type, id, data, metadata FROM events WHERE position > ? ORDER BY position LIMIT ?',
  );
  let position = 0;
  let events = 0;
  for (;;) {
    const rows = page.all(position, PAGE);
    for (const row of rows) {
      row[5] = JSON.parse(row[5]);
      row[6] = JSON.parse(row[6]);
    }
    events += rows.length;
    if (rows.length < PAGE) break;
    position = rows.at(-1)[0];
  }
  database.close();
  return events;
}
