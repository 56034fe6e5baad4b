import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readConfig } from '#platform';

const ROOT = join(import.meta.dirname, '..', '..');
const DOCKER = join(ROOT, 'docker');
const yaml: { load(text: string): unknown } = createRequire(import.meta.url)('js-yaml');
/** What has to be given from outside; also what `docker compose config` is run with. */
const GIVEN = { KEYLEDGER_ADMIN_KEY: '0123456789abcdef', EVENTSTORE_ADMIN_PASSWORD: 'letters9' };

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number | null>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly init?: boolean;
  readonly restart?: string;
  readonly stop_grace_period?: string;
}

interface Compose {
  readonly name: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
  readonly networks?: Readonly<Record<string, unknown>>;
}

const settings = readFileSync(join(ROOT, 'libs/platform/src/config/config.ts'), 'utf8');
const dockerfile = readFileSync(join(DOCKER, 'Dockerfile'), 'utf8');

function composeOf(text: string): Compose {
  return merged(yaml.load(text)) as Compose;
}

/** With what `<<` brings in put where it belongs: YAML 1.2 has no such key, Compose does. */
function merged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(merged);
  if (typeof value !== 'object' || value === null) return value;
  const { '<<': brought, ...own } = value as Record<string, unknown>;
  const members = Object.entries(own).map(([name, member]) => [name, merged(member)]);
  return { ...(merged(brought) as object | undefined), ...Object.fromEntries(members) };
}

/** A value as Compose hands it on: with what is given from outside, or else its default. */
function filledIn(value: string): string {
  return value.replace(
    /\$\{([A-Z_]+):([-?])([^}]*)\}/g,
    (_, name: string, operator: string, fallback: string) =>
      (GIVEN as Readonly<Record<string, string>>)[name] ?? (operator === '-' ? fallback : ''),
  );
}

const DOCKER_IS_THERE = spawnSync('docker', ['compose', 'version']).status === 0;
const DOCKER_IS_REQUIRED = process.env.KEYLEDGER_REQUIRE?.split(',').includes('docker') === true;

describe.each(['compose.yaml', 'compose.cluster.yaml'])('%s', (file) => {
  const text = readFileSync(join(DOCKER, file), 'utf8');
  const { networks = {}, services, volumes } = composeOf(text);
  const ledgers = Object.entries(services).filter(([, { image }]) => image === 'keyledger');

  if (!DOCKER_IS_THERE)
    process.stderr.write(`not run: docker compose is not there: ${file} is checked by its form only\n`);
  (DOCKER_IS_THERE || DOCKER_IS_REQUIRED ? it : it.skip)('is taken by docker compose', () => {
    const { status, stderr } = spawnSync('docker', ['compose', '-f', join(DOCKER, file), 'config', '--quiet'], {
      env: { ...process.env, ...GIVEN },
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('sets what the programs read, and nothing else', () => {
    expect(ledgers.length).toBeGreaterThanOrEqual(2);
    for (const [, { environment = {} }] of ledgers) {
      for (const name of Object.keys(environment).filter((each) => !each.startsWith('OTEL_'))) {
        expect(settings).toContain(`text('${name}')`);
      }
      expect(Object.keys(environment)).toEqual(expect.arrayContaining(['EVENTSTOREDB_URL', 'MONGODB_URL']));
    }
  });

  it('sets it to what the programs start with', () => {
    for (const [, { environment = {} }] of ledgers) {
      const values = Object.entries(environment).map(([name, value]) => [name, filledIn(String(value ?? ''))]);
      expect(() => readConfig(Object.fromEntries(values))).not.toThrow();
    }
  });

  it('asks from outside for what it says, with a default for all else', () => {
    const asked = [...text.matchAll(/(?<!\$)\$\{([A-Z_]+)(:[-?])?/g)];
    for (const [, name = '', operator] of asked) {
      expect(operator).toMatch(/^:[-?]$/);
      if (operator === ':?') expect(Object.keys(GIVEN)).toContain(name);
    }
  });

  it('runs programs that are built, as one image', () => {
    const [, program] = /^CMD \["node", "(.+)"\]$/m.exec(dockerfile) ?? [];
    expect(program).toMatch(/^dist\/.*\.js$/);
    expect(existsSync(join(ROOT, program ?? ''))).toBe(true);
    for (const [, { build, command, init, restart, stop_grace_period }] of ledgers) {
      if (command !== undefined) expect(existsSync(join(ROOT, command[1] ?? ''))).toBe(true);
      if (build !== undefined) expect(existsSync(join(DOCKER, build.context, build.dockerfile))).toBe(true);
      expect([init, restart, stop_grace_period]).toEqual([true, 'unless-stopped', '30s']);
    }
    expect(ledgers.filter(([, { build }]) => build !== undefined)).toHaveLength(1);
  });

  it('names services, volumes, networks and files that are there', () => {
    for (const [name, service] of Object.entries(services)) {
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        const needed = services[other];
        expect(needed === undefined ? `${name} needs ${other}` : undefined).toBeUndefined();
        const tells =
          needed?.healthcheck?.test !== undefined ||
          (needed?.image === 'keyledger' && /^HEALTHCHECK /m.test(dockerfile));
        if (condition === 'service_healthy') expect(tells ? undefined : `${other} tells no health`).toBeUndefined();
      }
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':');
        const isThere = source.startsWith('.') ? existsSync(normalize(join(DOCKER, source))) : source in volumes;
        expect(isThere ? undefined : `${name} mounts ${source}`).toBeUndefined();
      }
      const joined = Array.isArray(service.networks) ? service.networks : Object.keys(service.networks ?? {});
      for (const network of joined) expect(Object.keys(networks)).toContain(network);
    }
    const mounted = new Set(
      Object.values(services).flatMap((service) => (service.volumes ?? []).map((each) => each.split(':')[0])),
    );
    expect(Object.keys(volumes).filter((volume) => !mounted.has(volume))).toEqual([]);
  });

  it('publishes one port, on this machine', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports).toHaveLength(1);
    expect(ports[0]).toMatch(/^127\.0\.0\.1:/);
  });

  it('asks a projector for its health where it tells it', () => {
    const projectors = ledgers.filter(([, { command }]) => command?.[1]?.includes('projector'));
    expect(projectors.length).toBeGreaterThanOrEqual(1);
    for (const [, { environment = {}, healthcheck }] of projectors) {
      expect(healthcheck?.test?.at(-1)).toContain(`127.0.0.1:${environment.KEYLEDGER_PROJECTOR_PORT}/health/ready`);
    }
  });
});

describe('Dockerfile', () => {
  it('runs without root, on packages without those of development, and copies what the context holds', () => {
    const lines = dockerfile.split('\n');
    expect(lines.indexOf('USER node')).toBeGreaterThan(lines.lastIndexOf('FROM node:24-slim'));
    expect(dockerfile).toContain('npm prune --omit=dev');
    const taken = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    for (const [, sources = ''] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
      for (const source of sources.split(' ')) {
        expect(taken).toContain(source);
        expect(existsSync(join(ROOT, source))).toBe(true);
      }
    }
  });
});

describe('the proxy', () => {
  it('hands requests to the APIs of the cluster', () => {
    const cluster = composeOf(readFileSync(join(DOCKER, 'compose.cluster.yaml'), 'utf8'));
    const servers = [...readFileSync(join(DOCKER, 'proxy.conf'), 'utf8').matchAll(/^\s*server ([a-z0-9-]+):3000/gm)];
    const apis = Object.keys(cluster.services).filter((name) => name.startsWith('api-'));
    expect(servers.map(([, name]) => name)).toEqual(apis);
  });
});
