/**
 * Makes the programs in dist/programs out of what the compiler left in dist: each with all that it needs, in a few dozen
 * files instead of three thousand. See docs/adr/0026.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const ROOT = import.meta.dirname;
const OUT = join(ROOT, 'dist/programs');

/** Programs and threads, by the name of their file. */
const ENTRIES = {
  api: 'apps/api/src/main.js',
  projector: 'apps/projector/src/main.js',
  keyledger: 'apps/cli/src/main.js',
  'sqlite-writer.worker': 'libs/event-store-sqlite/src/sqlite-writer.worker.js',
  'projector.worker': 'libs/ledger/src/projector.worker.js',
  'rebuild.worker': 'libs/ledger/src/rebuild/rebuild.worker.js',
};

/** They find files of their own beside their code, one of them compiled for the machine. */
const WITH_FILES = ['@photostructure/sqlite', 'swagger-ui-dist'];

/** What packages can work with, ask for at run time, and do without here. */
const NOT_INSTALLED = [
  '@aws-sdk/credential-providers',
  '@fastify/multipart',
  '@fastify/view',
  '@mongodb-js/zstd',
  '@nestjs/microservices',
  '@nestjs/microservices/*',
  '@nestjs/platform-express',
  '@nestjs/websockets/*',
  'aws4',
  'class-transformer/storage',
  'gcp-metadata',
  'kerberos',
  'mongodb-client-encryption',
  'snappy',
  'socks',
];

/** Packages in CommonJS ask for Node's modules by a function that does not exist in a module. */
const REQUIRE = "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";

/**
 * Our classes keep their names, by which the API's page calls its routes, and a cursor its list. esbuild could keep every
 * name; that would name each closure when it is made, some twenty an order.
 */
const keepNamesOfClasses = {
  name: 'names of classes',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]dist[\\/](apps|libs)[\\/].*\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(
        /^(?:export )?(?:let (\w+) = (?:\w+ = )?class \1|class (\w+))\b[^{]*\{/gm,
        (start, decorated, plain) =>
          `${start} static { Object.defineProperty(this, 'name', { value: '${decorated ?? plain}' }); }`,
      ),
    }));
  },
};

const { outputFiles } = await build({
  write: false,
  // Names of files stand in what is made: it is to be the same wherever this is called.
  absWorkingDir: ROOT,
  entryPoints: Object.entries(ENTRIES).map(([out, file]) => ({ in: join(ROOT, 'dist', file), out })),
  outdir: OUT,
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  external: [...WITH_FILES, ...NOT_INSTALLED],
  plugins: [keepNamesOfClasses],
  banner: { js: REQUIRE },
  logLevel: 'warning',
});

// Programs that run from there find their threads at any time; what another build has left would be taken for a part of this.
mkdirSync(OUT, { recursive: true });
for (const { contents, path } of outputFiles) {
  writeFileSync(`${path}.new`, contents);
  renameSync(`${path}.new`, path);
}
const made = new Set(outputFiles.map(({ path }) => basename(path)));
for (const file of readdirSync(OUT)) if (!made.has(file)) rmSync(join(OUT, file));
