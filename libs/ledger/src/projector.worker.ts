import { parentPort, workerData } from 'node:worker_threads';
import { readConfig } from '#platform';
import { runProjector } from './projector.js';
import { CAUGHT_UP, type ProjectorMessage, type ProjectorRemark, STOP } from './projector-thread.js';

if (parentPort === null) throw new Error('this file is the entry of a thread');
const port = parentPort;
const stopping = new AbortController();
const tell = (message: ProjectorMessage) => port.postMessage(message);
const say = (level: ProjectorRemark['level']) => (message: string) => tell({ level, message });

port.on('message', (message) => {
  if (message === STOP) stopping.abort();
});
await runProjector(
  readConfig(workerData.environment),
  { info: say('info'), warn: say('warn'), error: say('error'), caughtUp: () => tell(CAUGHT_UP) },
  stopping.signal,
);
port.close();
