import { runProjector } from '#ledger';
import { readConfig } from '#platform';

/** A projector as a process of its own; ends on SIGTERM and SIGINT when all that it has is written. */
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());

const line = (level: string) => (message: string) =>
  process.stderr.write(`${JSON.stringify({ level, time: new Date().toISOString(), context: 'Projector', message })}\n`);

try {
  await runProjector(
    readConfig(process.env),
    { info: line('info'), warn: line('warn'), error: line('error') },
    stopping.signal,
  );
} catch (error) {
  process.stderr.write(`keyledger projector: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
