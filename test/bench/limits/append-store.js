import { Worker } from 'node:worker_threads';

/**
 * The limit of what one SQLite file takes: a prepared insert on one thread that commits in groups with
 * `synchronous=FULL`. The caller keeps the revision of each stream itself; a wrong one breaks the file's unique index.
 */
export class AppendStore {
  #worker;
  #waiting = [];
  #gathered = [];
  #scheduled = false;
  #closed;

  /** @param {string} file */
  constructor(file) {
    this.#worker = new Worker(new URL('./append-store.worker.js', import.meta.url), { workerData: file });
    this.#worker.on('message', (positions) => this.#answer(positions));
    this.#closed = new Promise((resolve) => this.#worker.once('exit', resolve));
  }

  /**
   * Appends one event. @param {string} data JSON
   * @returns {Promise<number>} its position, when it is on the disk
   */
  append(stream, revision, type, id, data, metadata = '') {
    this.#gathered.push(stream, revision, type, id, data, metadata);
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.#send());
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async close() {
    this.#worker.postMessage('close');
    await this.#closed;
  }

  #send() {
    this.#scheduled = false;
    this.#worker.postMessage(this.#gathered);
    this.#gathered = [];
  }

  #answer(positions) {
    const answered = this.#waiting.splice(0, positions.length);
    for (let index = 0; index < positions.length; index++) {
      const { resolve, reject } = answered[index];
      if (positions[index] > 0) resolve(positions[index]);
      else reject(new Error('the stream has moved on'));
    }
  }
}
