/** Each project is a way of running: `unit` needs nothing, `e2e` starts the built program, `servers` needs real servers. */
const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^#test/(.*)$': '<rootDir>/test/$1.ts',
    '^#([a-z-]+)/events$': '<rootDir>/libs/$1/src/$1.events.ts',
    '^#([a-z-]+)$': '<rootDir>/libs/$1/src/index.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

export default {
  // A bound for what hangs, not a measure: suites run beside each other on small machines.
  testTimeout: 30_000,
  testSequencer: './test/slowest-first.js',
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/{apps,libs}/**/*.spec.ts',
        '<rootDir>/test/{architecture,conformance,laws,data,operations}/**/*.spec.ts',
      ],
    },
    { ...shared, displayName: 'e2e', testMatch: ['<rootDir>/test/{e2e,faults,operations,security}/**/*.e2e.ts'] },
  ],
};
