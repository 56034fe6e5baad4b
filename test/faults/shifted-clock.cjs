/**
 * Preloaded into a process (`node --require`), it moves that process's wall clock by as many milliseconds as the file
 * named by `SHIFTED_CLOCK_FILE` says, as somebody who sets the machine's clock would. Monotonic clocks go on.
 */
const { readFileSync } = require('node:fs');

const TrueDate = Date;
let shift = 0;
let readAt = Number.NEGATIVE_INFINITY;

function shiftedNow() {
  const now = performance.now();
  if (now - readAt > 50) {
    readAt = now;
    shift = Number(readFileSync(process.env.SHIFTED_CLOCK_FILE, 'utf8'));
  }
  return TrueDate.now() + shift;
}

globalThis.Date = class ShiftedDate extends TrueDate {
  constructor(...given) {
    if (given.length === 0) super(shiftedNow());
    else super(...given);
  }

  static now() {
    return shiftedNow();
  }
};
