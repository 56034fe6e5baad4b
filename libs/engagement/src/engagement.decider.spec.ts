import { describe, expect, it } from '@jest/globals';
import type { ContactAddedData } from '#accounts/events';
import type { DomainEvent } from '#event-sourcing';
import { given } from '#event-sourcing-testing';
import { engagementDecider, type LogVisitCommand, type SetCadenceCommand } from './engagement.decider.js';
import type { CadenceSet, CadenceSetData, VisitLogged, VisitLoggedData } from './engagement.events.js';

const decider = engagementDecider();

const VISITED_AT = '2026-04-12T02:00:00.000Z';

function contactAdded(contactId: string, occurredAt = '2026-01-01T00:00:00.000Z'): DomainEvent<string, object> {
  const data: Pick<ContactAddedData, 'contactId'> = { contactId };
  return { type: 'contact-added.v1', data, occurredAt };
}

function visitLogged(data: Partial<VisitLoggedData> = {}): VisitLogged {
  return { type: 'visit-logged.v1', data: { visitId: 'v1', channel: 'phone', ...data }, occurredAt: VISITED_AT };
}

function cadenceSet(data: CadenceSetData, date: string): CadenceSet {
  return { type: 'cadence-set.v1', data, occurredAt: `${date}T00:00:00.000Z` };
}

function logVisit(data: Partial<LogVisitCommand['data']> = {}): LogVisitCommand {
  return { type: 'log-visit', data: { visitId: 'v1', channel: 'phone', visitedAt: VISITED_AT, ...data } };
}

function setCadence(data: Omit<SetCadenceCommand['data'], 'at'>, date: string): SetCadenceCommand {
  return { type: 'set-cadence', data: { ...data, at: `${date}T00:00:00.000Z` } };
}

describe('a visit', () => {
  it('is logged on the day it took place', () => {
    given(decider).when(logVisit()).thenEvents(visitLogged());
  });

  it('keeps all that was said of it', () => {
    const said = {
      participants: ['wang'],
      summary: 'Quarterly review.',
      needs: ['seals'],
      issues: ['late deliveries'],
      nextStep: { text: 'Send the offer', due: '2026-04-30' },
    };
    given(decider, contactAdded('wang')).when(logVisit(said)).thenEvents(visitLogged(said));
  });

  it('does not keep what is empty', () => {
    given(decider)
      .when(
        logVisit({ participants: [], needs: [], issues: null, summary: null, nextStep: { text: 'Call', due: null } }),
      )
      .thenEvents(visitLogged({ nextStep: { text: 'Call' } }));
  });

  it('with the same id and content is there already', () => {
    given(decider, visitLogged({ summary: 'Hello.' }))
      .when(logVisit({ summary: 'Hello.', needs: [] }))
      .thenNothing();
  });

  it.each<[string, Partial<LogVisitCommand['data']>]>([
    ['channel', { channel: 'mail' }],
    ['summary', { summary: 'Something else.' }],
    ['time', { visitedAt: '2026-04-12T02:00:00.001Z' }],
    ['next step', { nextStep: { text: 'Call' } }],
  ])('with the same id and another %s is refused', (_, changed) => {
    given(decider, visitLogged()).when(logVisit(changed)).thenRejected('id-exists');
  });

  it('of unknown contacts is refused with their ids', () => {
    const { decision } = given(decider, contactAdded('wang')).when(logVisit({ participants: ['li', 'wang', 'zhao'] }));
    expect(decision).toMatchObject({ kind: 'rule', code: 'contact-not-found' });
    expect(decision).toMatchObject({ details: { participants: ['li', 'zhao'] } });
  });

  it('may have had a participant who was added as a contact only later', () => {
    given(decider, contactAdded('wang', '2026-05-01T00:00:00.000Z'))
      .when(logVisit({ participants: ['wang'] }))
      .thenEvents(visitLogged({ participants: ['wang'] }));
  });
});

describe('a cadence', () => {
  const monthly = { every: 'P1M', graceDays: 0 };
  const quarterly = { every: 'P3M', graceDays: 7, start: '2026-01-01' };

  it('has no grace days and no start unless told otherwise', () => {
    given(decider)
      .when(setCadence({ every: 'P1M', start: null }, '2026-02-01'))
      .thenEvents(cadenceSet(monthly, '2026-02-01'));
  });

  it('that is in force changes nothing when it is set again', () => {
    given(decider, cadenceSet(quarterly, '2026-01-05')).when(setCadence(quarterly, '2026-02-01')).thenNothing();
  });

  it.each<[string, CadenceSetData]>([
    ['interval', { ...quarterly, every: 'P1M' }],
    ['grace', { ...quarterly, graceDays: 8 }],
    ['start', { ...quarterly, start: '2026-01-02' }],
    ['start left out', { every: 'P3M', graceDays: 7 }],
  ])('takes the place of one with another %s', (_, other) => {
    given(decider, cadenceSet(quarterly, '2026-01-05'))
      .when(setCadence(other, '2026-02-01'))
      .thenEvents(cadenceSet(other, '2026-02-01'));
  });

  it('is compared with the one in force at its own date, in whatever order they were recorded', () => {
    const history = [cadenceSet(monthly, '2026-06-01'), cadenceSet(quarterly, '2026-01-01')];
    given(decider, ...history)
      .when(setCadence(quarterly, '2026-03-01'))
      .thenNothing();
    given(decider, ...history)
      .when(setCadence(monthly, '2026-07-01'))
      .thenNothing();
    given(decider, ...history)
      .when(setCadence(monthly, '2026-03-01'))
      .thenEvents(cadenceSet(monthly, '2026-03-01'));
    given(decider, ...history)
      .when(setCadence(monthly, '2025-12-31'))
      .thenEvents(cadenceSet(monthly, '2025-12-31'));
  });

  it('of one instant is the one recorded last', () => {
    given(decider, cadenceSet(monthly, '2026-01-01'), cadenceSet(quarterly, '2026-01-01'))
      .when(setCadence(quarterly, '2026-01-01'))
      .thenNothing();
  });
});

it('leaves its state alone for the events of others', () => {
  const state = decider.initial();
  expect(decider.evolve(state, { type: 'order-placed.v1', data: {}, occurredAt: VISITED_AT })).toBe(state);
});
