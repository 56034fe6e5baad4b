import { parentPort, workerData } from 'node:worker_threads';
import { ConfigError, JsonLog, type LogFields, readConfig, startTracing } from '#platform';
import { runProjector } from './projector.js';
import { CAUGHT_UP, type ProjectorMessage, type ProjectorRemark, STOP } from './projector-thread.js';

if (parentPort === null) throw new Error('this file is the entry of a thread');
const port = parentPort;
const stopping = new AbortController();
const tell = (message: ProjectorMessage) => port.postMessage(message);
const say = (level: ProjectorRemark['level']) => (message: string, fields?: LogFields) =>
  tell({ level, message, ...(fields === undefined ? {} : { fields }) });

port.on('message', (message) => {
  if (message === STOP) stopping.abort();
});
const config = readConfig(workerData.environment);
const tracing = await startTracing(workerData.environment, 'keyledger-api', new JsonLog(config.logLevel));
try {
  await runProjector(
    config,
    {
      info: say('info'),
      warn: say('warn'),
      error: say('error'),
      figure: (figure) => tell({ figure }),
      caughtUp: () => tell(CAUGHT_UP),
    },
    stopping.signal,
    tracing,
  );
} catch (error) {
  // The API finds the same, says it and ends.
  if (!(error instanceof ConfigError)) throw error;
} finally {
  await tracing?.stop();
}
port.close();
