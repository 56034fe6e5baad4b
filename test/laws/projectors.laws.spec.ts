import { afterAll } from '@jest/globals';
import { projectorLaws, quarantineLaws } from '#event-sourcing-testing';
import { reusedSqliteReadStore } from './reused-read-stores.js';
import { sampleHistory, sampleProjections } from './sample-projections.js';

const sqlite = await reusedSqliteReadStore();
projectorLaws('The sample projections', sampleProjections, sampleHistory, () => sqlite.open(), { synchronous: true });
quarantineLaws('The sample projections', sampleProjections, sampleHistory, () => sqlite.open());
afterAll(() => sqlite.close());
