import { describe, expect, it } from '@jest/globals';
import { ZonedCalendar } from '#calendar';
import { checkCollection, EventTypeRegistry } from '#event-sourcing';
import { checkBody, type LedgerSettings } from '#platform';
import { accountsCapability } from './accounts.capability.js';
import { accountsDecider } from './accounts.decider.js';

const settings: LedgerSettings = { calendar: new ZonedCalendar('UTC'), baseCurrency: 'CNY' };

describe('the capability', () => {
  it('decides every command that it defines', () => {
    expect(accountsCapability.commands.map(({ type }) => type).sort()).toEqual([...accountsDecider().commands].sort());
  });

  it('has valid wire names and collections', () => {
    expect(new EventTypeRegistry([accountsCapability.events]).types.size).toBe(11);
    for (const { collection } of accountsCapability.projections(settings, [])) {
      expect(() => checkCollection(collection)).not.toThrow();
    }
  });

  it.each(accountsCapability.commands.map((command) => [command.type, command] as const))(
    'shows a valid body for %s',
    (_, { body, example }) => {
      expect(checkBody(body, example)).toEqual([]);
    },
  );
});
