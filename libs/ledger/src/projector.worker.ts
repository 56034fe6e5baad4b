import { parentPort, workerData } from 'node:worker_threads';
import { readConfig } from '#platform';
import { runProjector } from './projector.js';
import { type ProjectorMessage, STOP } from './projector-thread.js';

if (parentPort === null) throw new Error('this file is the entry of a thread');
const port = parentPort;
const stopping = new AbortController();
const say = (level: ProjectorMessage['level']) => (message: string) => port.postMessage({ level, message });

port.on('message', (message) => {
  if (message === STOP) stopping.abort();
});
await runProjector(
  readConfig(workerData.environment),
  { info: say('info'), warn: say('warn'), error: say('error') },
  stopping.signal,
);
port.close();
