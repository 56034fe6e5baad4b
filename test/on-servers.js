/**
 * Runs the conformance and e2e suites against the real servers that the environment names:
 * `EVENTSTOREDB_URL=esdb://… MONGODB_URL=mongodb://… npm run test:servers`. Refuses to run against nothing.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const servers = { EVENTSTOREDB_URL: 'eventstoredb', MONGODB_URL: 'mongodb' };
const named = Object.keys(servers).filter((variable) => process.env[variable]?.trim());

if (named.length === 0) {
  console.error(
    'test:servers was NOT RUN: it needs real servers, named by EVENTSTOREDB_URL (esdb://host:2113?tls=false), ' +
      'MONGODB_URL (mongodb://host/database), or both.',
  );
  process.exit(2);
}
for (const variable of Object.keys(servers)) {
  if (!named.includes(variable)) console.error(`not run on ${servers[variable]}: ${variable} is not set`);
}

const { status } = spawnSync(
  'npm',
  ['test', '--', 'test/conformance', 'test/e2e', 'test/faults', ...process.argv.slice(2)],
  {
    cwd: join(import.meta.dirname, '..'),
    stdio: 'inherit',
    // On Windows npm is a script of the shell.
    shell: process.platform === 'win32',
    env: { ...process.env, KEYLEDGER_REQUIRE: named.map((variable) => servers[variable]).join(',') },
  },
);
process.exit(status ?? 1);
