import { StoreUnavailable } from '#event-sourcing';
import { ConfigError, readConfig } from '#platform';
import { startServer } from './server.js';

/** The API as a process. A wrong setting, a data folder that cannot be used or a port in use stop it with one line. */
try {
  const server = await startServer(readConfig(process.env), process.env);
  const stop = () => {
    server.stop().catch((error: unknown) => {
      process.stderr.write(`keyledger: ${sentenceOf(error)}\n`);
      process.exitCode = 1;
    });
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
} catch (error) {
  process.stderr.write(`keyledger: ${sentenceOf(error)}\n`);
  process.exit(1);
}

function sentenceOf(error: unknown): string {
  if (error instanceof ConfigError || error instanceof StoreUnavailable) return error.message;
  if (error instanceof Error && 'code' in error) {
    if (error.code === 'EADDRINUSE') return 'PORT is in use by another program.';
    if (error.code === 'EACCES') return 'PORT may not be used by this user.';
    if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') return 'HOST is no address of this machine.';
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
