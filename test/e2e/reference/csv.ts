/** A row of a CSV file by its columns. */
export type CsvRow = Readonly<Record<string, string>>;

/** Reads a CSV file with a header (RFC 4180: quoted cells may hold commas, doubled quotes and line breaks). */
export function csvRows(text: string): CsvRow[] {
  const records = csvRecords(text.replace(/^\uFEFF/, ''));
  const header = records.shift() ?? [];
  return records.map((cells) => Object.fromEntries(header.map((column, index) => [column, cells[index] ?? ''])));
}

function csvRecords(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  for (const [whole, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    if (whole === '' && record.length === 0) continue;
    record.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    records.push(record);
    record = [];
  }
  return records;
}
