import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Inside a test, packages resolve to their sources, so that a unit test never runs against a stale build.
// Child processes that a test starts (the CLI, the service) use dist/, which `npm run setup` keeps current.
const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const alias = [
  { find: /^@remotemedia\/channel$/, replacement: source('./channel/node/src/index.ts') },
  { find: /^@remotemedia\/(contract|server|client|cli)$/, replacement: source('./$1/src/index.ts') },
  { find: /^@remotemedia\/server\/(\w+)$/, replacement: source('./server/src/$1.ts') },
];

// The environments and weights of whoever runs the tests are not theirs: tests have a data folder of their own.
const env = { XDG_DATA_HOME: source('./.setup/data') };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          env,
          include: ['{contract,server,client,cli,channel/node}/src/**/*.test.ts', 'scripts/**/*.test.mjs'],
          testTimeout: 10_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'e2e',
          env,
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/promises/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        test: {
          // What is promised in figures. Each file has the machine to itself, after all others.
          name: 'promises',
          env,
          include: ['tests/promises/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          // A neighbour on the machine can only make a figure worse, so the best of three counts.
          retry: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
