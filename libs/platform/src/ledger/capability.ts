import type { Decider, EventTypes, Projection, ReadStore } from '#event-sourcing';
import type { CommandDefinition, Subject } from '../commands/command-definition.js';
import type { MetricSource } from '../queries/metric-source.js';
import type { LedgerSettings } from './ledger-settings.js';

/** All that a capability brings to the ledger, but for its Nest module. */
export interface Capability {
  readonly name: string;
  readonly events: EventTypes;
  /** Its deciders, each with the kind of stream it takes part in. */
  readonly deciders: readonly { readonly subject: Subject; decider(settings: LedgerSettings): Decider }[];
  readonly commands: readonly CommandDefinition[];
  /** @param eventTypes wire names of the events of all capabilities, for what looks at every fact of an account */
  projections(settings: LedgerSettings, eventTypes: readonly string[]): readonly Projection[];
  /** The account metrics that it computes from its read models. */
  metrics?(settings: LedgerSettings, readStore: ReadStore): MetricSource;
}
