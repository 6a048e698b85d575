#!/usr/bin/env -S GLIBC_TUNABLES=glibc.malloc.arena_max=1 node --no-memory-reducer --min-semi-space-size=16 --heap-growing-percent=20
// Flags of V8, which cannot be set once the process runs:
// - Without the first it collects garbage some seconds after a session became idle: 50 to 140 ms of the main thread, which is
//   a gap in the next voice and more CPU than the idle session uses in a minute.
// - The others keep memory flat over thousands of sessions: the space for young objects has its full size from the start, and
//   what outlived it is collected when a fifth has been added, not when there is four times as much.
// And one of glibc: each thread has an arena of its own for what it allocates, and each keeps its largest size. One for all
// takes 10 MiB less after a thousand sessions. Node processes shall not inherit it, see below.
//
// Committed JavaScript on Node built-ins only: npm links this file before anything is built, so that
// `npx remotemedia` never falls through to a stranger's package on a public registry.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

delete process.env['GLIBC_TUNABLES'];

const EXIT_UNAVAILABLE = 4;
const root = fileURLToPath(new URL('../../', import.meta.url));
const built = new URL('../dist/main.js', import.meta.url);
const missing = [
  ['node_modules/commander/package.json', 'the npm packages'],
  ['cli/dist/main.js', 'the TypeScript build'],
  ['channel/node/channel.node', 'the native channel'],
].filter(([path]) => !existsSync(`${root}${path}`));

if (missing.length > 0) {
  console.error('error: remotemedia is not set up yet');
  console.error(
    `  why: ${missing.map(([, what]) => what).join(', ')} ${missing.length === 1 ? 'is' : 'are'} not there`,
  );
  console.error(`  fix: run \`npm run setup\` in ${root}`);
  process.exitCode = EXIT_UNAVAILABLE;
} else {
  const { main } = await import(built.href);
  process.exitCode = await main(process.argv.slice(2));
}
