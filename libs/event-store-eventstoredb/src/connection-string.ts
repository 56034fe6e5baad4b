import { EventStoreDBClient } from '@eventstore/db-client';
import { InvalidConnectionString } from '#event-sourcing';

/**
 * The client of a connection string. What the client says of one that is wrong, and on the console of one that it takes in
 * part only, quotes it with its password: neither is let out.
 * @param url `esdb://`, `esdb+discover://`, or the same with `kurrentdb` or `kurrent`
 * @throws InvalidConnectionString
 */
export function clientOf(url: string): EventStoreDBClient {
  const warnings: string[] = [];
  const { warn } = console;
  console.warn = (...said: unknown[]) => void warnings.push(said.map(String).join(' '));
  let client: EventStoreDBClient;
  try {
    client = EventStoreDBClient.connectionString(url.trim().replace(/^kurrent(?:db)?(\+discover)?:/, 'esdb$1:'));
  } catch (cause) {
    throw new InvalidConnectionString(complaintOf(cause), { cause });
  } finally {
    console.warn = warn;
  }
  const [warning] = warnings;
  if (warning === undefined) return client;
  void client.dispose();
  if (warning.includes('tlsVerifyCert')) {
    throw new InvalidConnectionString(
      'sets tlsVerifyCert=false, which has no effect: name the authority by tlsCAFile.',
    );
  }
  const option = /^Unknown option key "([A-Za-z]{1,40})"/.exec(warning)?.[1];
  throw new InvalidConnectionString(`has an option that is not known${option === undefined ? '' : `: ${option}`}.`);
}

function complaintOf(error: unknown): string {
  if (error instanceof Error && 'location' in error && Array.isArray(error.location) && 'expected' in error) {
    return `is wrong from its character ${Number(error.location[0]) + 1} on: expected ${error.expected}.`;
  }
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return isMissing
    ? 'names a file that is not there.'
    : 'is wrong: check its hosts, its options and the files that it names.';
}
