import Sequencer from '@jest/test-sequencer';

/**
 * Suites that take minutes, the longest first: one that began last would run alone at the end. Jest itself goes by how
 * long a suite took the last time, which a clean clone does not know, and then by the size of its file.
 */
const SLOW = [
  'test/laws/ledger-on-mongodb.laws.spec.ts',
  'test/e2e/copy.e2e.ts',
  'test/faults/rebuild-killed.e2e.ts',
  'test/laws/ledger.laws.spec.ts',
  'test/faults/kill-drill.e2e.ts',
  'test/e2e/rebuild.e2e.ts',
  'test/e2e/backup.e2e.ts',
  'test/laws/',
  'test/faults/',
  'test/security/',
  'test/e2e/',
  'test/operations/',
];

export default class SlowestFirst extends Sequencer {
  sort(tests) {
    const place = ({ path }) => {
      const found = SLOW.findIndex((each) => path.replaceAll('\\', '/').includes(each));
      return found < 0 ? SLOW.length : found;
    };
    return [...tests].sort((a, b) => place(a) - place(b) || (a.path < b.path ? -1 : 1));
  }
}
