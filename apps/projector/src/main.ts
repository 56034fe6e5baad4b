import { now, runProjector } from '#ledger';
import { LOG_CONTEXT, type LogFields, type LogLevel, ProjectorOperations, readConfig, startTelemetry } from '#platform';

/** A projector as a process of its own; ends on SIGTERM and SIGINT when all that it has is written. */
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());

try {
  const config = readConfig(process.env);
  const telemetry = await startTelemetry(config, process.env, 'keyledger-projector');
  const operations = new ProjectorOperations(config, telemetry, now);
  const line = (level: LogLevel) => (message: string, fields?: LogFields) =>
    telemetry.log.line(level, LOG_CONTEXT.projector, message, fields);
  const url = await operations.listen();
  if (url !== undefined) line('info')(`The projector listens on ${url}`);
  try {
    await runProjector(
      config,
      {
        info: line('info'),
        warn: line('warn'),
        error: line('error'),
        opened: (parts) => operations.opened(parts),
        figure: (figure) => operations.take(figure),
      },
      stopping.signal,
      telemetry.tracing,
    );
  } finally {
    await operations.close();
    await telemetry.tracing?.stop();
  }
} catch (error) {
  process.stderr.write(`keyledger projector: ${sentenceOf(error)}\n`);
  process.exitCode = 1;
}

function sentenceOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return 'KEYLEDGER_PROJECTOR_PORT is in use by another program.';
  }
  return error instanceof Error ? error.message : String(error);
}
