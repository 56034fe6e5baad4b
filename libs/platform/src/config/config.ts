import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { ZonedCalendar } from '#calendar';
import { isCurrency } from '#money';
import { isRandomKey } from '../auth/api-keys.js';
import { isJwt } from '../auth/identity-provider.js';
import { LOG_LEVELS, type LogLevel } from '../telemetry/json-log.js';

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
  /** Whose tokens are accepted beside API keys. */
  readonly identityProvider?: { readonly jwksUrl: URL; readonly audience: string; readonly issuer: string };
  /** Refused credentials a minute from one address. */
  readonly failedAuthenticationLimit: number;
  /** Requests a minute with one API key or by one subject of tokens; left out: any number. */
  readonly rateLimit?: number;
  /**
   * Addresses and networks of the proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; left out: nobody's.
   */
  readonly trustProxy?: readonly string[];
  /** Connections at a time; those above are closed at once. */
  readonly maxConnections: number;
  /** Seconds within which a request must have arrived whole; imports may take longer. */
  readonly requestTimeout: number;
  readonly timeZone: string;
  readonly baseCurrency: string;
  readonly projector: 'inline' | 'none';
  readonly policyApproval: 'none' | 'required';
  readonly logLevel: LogLevel;
  /** Megabytes for the states that commands decide on; left out: by the machine's memory. */
  readonly stateCacheMb?: number;
  /** Where a projector of its own serves health and metrics; left out: nowhere. */
  readonly projectorPort?: number;
}

/** A setting is wrong; the message is one line that names it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

const SHORTEST_ADMIN_KEY = 16;
const LONGEST_ADMIN_KEY = 256;
const FAILED_AUTH_LIMIT = '100';
const MAX_CONNECTIONS = '20000';
const REQUEST_TIMEOUT = '60';
/** Names that stand for networks of proxies. */
const NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];

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
    ...optional(
      'identityProvider',
      identityProviderOf(
        jwksUrlOf(text('KEYLEDGER_JWKS_URL')),
        text('KEYLEDGER_JWT_AUDIENCE'),
        text('KEYLEDGER_JWT_ISSUER'),
      ),
    ),
    failedAuthenticationLimit: countOf(
      'KEYLEDGER_FAILED_AUTH_LIMIT',
      text('KEYLEDGER_FAILED_AUTH_LIMIT') ?? FAILED_AUTH_LIMIT,
    ),
    ...optional('rateLimit', optionalCountOf('KEYLEDGER_RATE_LIMIT', text('KEYLEDGER_RATE_LIMIT'))),
    ...optional('trustProxy', trustProxyOf(text('KEYLEDGER_TRUST_PROXY'))),
    maxConnections: countOf('KEYLEDGER_MAX_CONNECTIONS', text('KEYLEDGER_MAX_CONNECTIONS') ?? MAX_CONNECTIONS),
    requestTimeout: countOf('KEYLEDGER_REQUEST_TIMEOUT', text('KEYLEDGER_REQUEST_TIMEOUT') ?? REQUEST_TIMEOUT),
    timeZone: timeZoneOf(text('KEYLEDGER_TIME_ZONE') ?? 'UTC'),
    baseCurrency: currencyOf(text('KEYLEDGER_BASE_CURRENCY') ?? 'CNY'),
    projector: oneOf('KEYLEDGER_PROJECTOR', text('KEYLEDGER_PROJECTOR') ?? 'inline', ['inline', 'none'] as const),
    policyApproval: oneOf('KEYLEDGER_POLICY_APPROVAL', text('KEYLEDGER_POLICY_APPROVAL') ?? 'none', [
      'none',
      'required',
    ] as const),
    logLevel: oneOf('KEYLEDGER_LOG_LEVEL', text('KEYLEDGER_LOG_LEVEL') ?? 'info', LOG_LEVELS),
    ...optional('stateCacheMb', optionalCountOf('KEYLEDGER_STATE_CACHE_MB', text('KEYLEDGER_STATE_CACHE_MB'))),
    ...optional('projectorPort', projectorPortOf(text('KEYLEDGER_PROJECTOR_PORT'))),
  };
}

function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [key in Name]: Value });
}

function portOf(text: string, name = 'PORT'): number {
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new ConfigError(`${name} must be a port number from 0 to 65535, not "${shown(text)}".`);
}

function projectorPortOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : portOf(text, 'KEYLEDGER_PROJECTOR_PORT');
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

/** Tokens of other audiences or issuers must not open this ledger, so both belong to the address of the keys. */
function identityProviderOf(
  jwksUrl: URL | undefined,
  audience: string | undefined,
  issuer: string | undefined,
): Config['identityProvider'] {
  if (jwksUrl === undefined) {
    const name = audience === undefined ? issuer && 'KEYLEDGER_JWT_ISSUER' : 'KEYLEDGER_JWT_AUDIENCE';
    if (name !== undefined) throw new ConfigError(`KEYLEDGER_JWKS_URL must be set with ${name}.`);
    return undefined;
  }
  if (audience === undefined) throw new ConfigError('KEYLEDGER_JWT_AUDIENCE must be set with KEYLEDGER_JWKS_URL.');
  if (issuer === undefined) throw new ConfigError('KEYLEDGER_JWT_ISSUER must be set with KEYLEDGER_JWKS_URL.');
  return { jwksUrl, audience, issuer };
}

function countOf(name: string, text: string): number {
  if (/^[1-9][0-9]{0,6}$/.test(text)) return Number(text);
  throw new ConfigError(`${name} must be a whole number from 1 to 9999999, not "${shown(text)}".`);
}

function optionalCountOf(name: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : countOf(name, text);
}

function trustProxyOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const proxies = text.split(',').map((part) => part.trim());
  if (proxies.every(isProxy)) return proxies;
  throw new ConfigError(
    `KEYLEDGER_TRUST_PROXY must be addresses and networks of proxies with commas between, such as "10.0.0.0/8,loopback", not "${shown(text)}".`,
  );
}

function isProxy(text: string): boolean {
  if (NETWORKS.includes(text)) return true;
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

function prefixOf(text: string): string {
  if (/^[A-Za-z0-9._-]{1,40}$/.test(text)) return text;
  throw new ConfigError('KEYLEDGER_STREAM_PREFIX must be 1 to 40 letters, digits, dots, underscores or hyphens.');
}

/** Only what can come in a header, and is then taken for the admin's key. */
function adminKeyOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.length < SHORTEST_ADMIN_KEY || text.length > LONGEST_ADMIN_KEY || !/^[\x21-\x7e]+$/.test(text)) {
    throw new ConfigError(
      `KEYLEDGER_ADMIN_KEY must have ${SHORTEST_ADMIN_KEY} to ${LONGEST_ADMIN_KEY} visible ASCII characters and no white space.`,
    );
  }
  if (isRandomKey(text) || isJwt(text)) {
    throw new ConfigError(
      'KEYLEDGER_ADMIN_KEY must not have the form of an API key ("kl_…") or of a token ("eyJ…"): it would be refused as one.',
    );
  }
  return text;
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
