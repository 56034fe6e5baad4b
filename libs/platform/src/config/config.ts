import { resolve } from 'node:path';
import { ZonedCalendar } from '#calendar';
import { isCurrency } from '#money';

/** The settings of one process. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Absolute path. */
  readonly dataDir: string;
  /** Left out: the embedded event store. */
  readonly eventStoreDbUrl?: string;
  /** Prefix of the ledger's streams on a shared server. */
  readonly streamPrefix: string;
  /** Left out: the embedded read store. */
  readonly mongoDbUrl?: string;
  readonly adminKey?: string;
  readonly jwksUrl?: URL;
  readonly jwtAudience?: string;
  readonly jwtIssuer?: string;
  readonly timeZone: string;
  readonly baseCurrency: string;
  readonly projector: 'inline' | 'none';
  readonly policyApproval: 'none' | 'required';
}

/** A setting is wrong; the message is one line that names it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

const SHORTEST_ADMIN_KEY = 16;
const LONGEST_ADMIN_KEY = 256;

/** Reads the settings. @throws ConfigError */
export function readConfig(environment: Environment): Config {
  const text = (name: string) => {
    const value = environment[name]?.trim();
    return value === '' ? undefined : value;
  };
  return {
    host: text('HOST') ?? '127.0.0.1',
    port: portOf(text('PORT') ?? '3000'),
    dataDir: resolve(text('KEYLEDGER_DATA_DIR') ?? './data'),
    ...optional(
      'eventStoreDbUrl',
      urlOf('EVENTSTOREDB_URL', text('EVENTSTOREDB_URL'), /^(esdb|kurrentdb|kurrent)(\+discover)?:$/),
    ),
    streamPrefix: prefixOf(text('KEYLEDGER_STREAM_PREFIX') ?? 'keyledger-'),
    ...optional('mongoDbUrl', urlOf('MONGODB_URL', text('MONGODB_URL'), /^mongodb(\+srv)?:$/)),
    ...optional('adminKey', adminKeyOf(text('KEYLEDGER_ADMIN_KEY'))),
    ...optional('jwksUrl', jwksUrlOf(text('KEYLEDGER_JWKS_URL'))),
    ...optional('jwtAudience', text('KEYLEDGER_JWT_AUDIENCE')),
    ...optional('jwtIssuer', text('KEYLEDGER_JWT_ISSUER')),
    timeZone: timeZoneOf(text('KEYLEDGER_TIME_ZONE') ?? 'UTC'),
    baseCurrency: currencyOf(text('KEYLEDGER_BASE_CURRENCY') ?? 'CNY'),
    projector: oneOf('KEYLEDGER_PROJECTOR', text('KEYLEDGER_PROJECTOR') ?? 'inline', ['inline', 'none'] as const),
    policyApproval: oneOf('KEYLEDGER_POLICY_APPROVAL', text('KEYLEDGER_POLICY_APPROVAL') ?? 'none', [
      'none',
      'required',
    ] as const),
  };
}

function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [key in Name]: Value });
}

function portOf(text: string): number {
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new ConfigError(`PORT must be a port number from 0 to 65535, not "${shown(text)}".`);
}

function urlOf(name: string, text: string | undefined, protocols: RegExp): string | undefined {
  if (text === undefined) return undefined;
  const protocol = /^([a-z0-9+]+:)\/\/[^/]/i.exec(text)?.[1];
  if (protocol !== undefined && protocols.test(protocol.toLowerCase())) return text;
  // What stands in it may be a password, so it is not shown.
  throw new ConfigError(
    `${name} must be a connection string such as ${name === 'MONGODB_URL' ? 'mongodb://host/database' : 'esdb://host:2113'}.`,
  );
}

function jwksUrlOf(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  if (URL.canParse(text) && /^https?:\/\//i.test(text)) return new URL(text);
  throw new ConfigError('KEYLEDGER_JWKS_URL must be an http or https address.');
}

function prefixOf(text: string): string {
  if (/^[A-Za-z0-9._-]{1,40}$/.test(text)) return text;
  throw new ConfigError('KEYLEDGER_STREAM_PREFIX must be 1 to 40 letters, digits, dots, underscores or hyphens.');
}

function adminKeyOf(text: string | undefined): string | undefined {
  if (
    text === undefined ||
    (text.length >= SHORTEST_ADMIN_KEY && text.length <= LONGEST_ADMIN_KEY && !/\s/.test(text))
  ) {
    return text;
  }
  throw new ConfigError(
    `KEYLEDGER_ADMIN_KEY must have ${SHORTEST_ADMIN_KEY} to ${LONGEST_ADMIN_KEY} characters and no white space.`,
  );
}

function timeZoneOf(text: string): string {
  try {
    return new ZonedCalendar(text).zone;
  } catch (cause) {
    throw new ConfigError(`KEYLEDGER_TIME_ZONE must be a time zone such as Asia/Shanghai, not "${shown(text)}".`, {
      cause,
    });
  }
}

function currencyOf(text: string): string {
  if (isCurrency(text)) return text;
  throw new ConfigError(`KEYLEDGER_BASE_CURRENCY must be an ISO 4217 code such as EUR, not "${shown(text)}".`);
}

function oneOf<Value extends string>(name: string, text: string, values: readonly Value[]): Value {
  const value = values.find((each) => each === text);
  if (value !== undefined) return value;
  throw new ConfigError(`${name} must be ${values.map((each) => `"${each}"`).join(' or ')}, not "${shown(text)}".`);
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
