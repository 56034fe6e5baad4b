/** Nest injection tokens of what the apps compose. */
export const EVENT_STORE = Symbol('EventStore');
export const READ_STORE = Symbol('ReadStore');
export const KEYED_STORE = Symbol('KeyedStore');
export const LEDGER_SETTINGS = Symbol('LedgerSettings');
/** {@link CommandSender} */
export const COMMAND_SENDER = Symbol('CommandSender');
/** `readonly Capability[]` */
export const CAPABILITIES = Symbol('Capability[]');
/** `readonly MetricSource[]`, those of all capabilities. */
export const METRIC_SOURCES = Symbol('MetricSource[]');
/** `() => string`, the current instant as ISO 8601 in UTC with milliseconds. */
export const CLOCK = Symbol('Clock');
