// gRPC tools that others wrote, built from source for tests: what works with them works in the field.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { firstLine, ROOT } from '../command.mjs';

/** Where they are, from the root. */
export const GO_BIN = '.setup/bin';

/** Pinned: a tool of tomorrow shall not fail the tests of today. */
export const CLIENTS = [
  { name: 'grpcurl', module: 'github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3' },
  { name: 'grpc-health-probe', module: 'github.com/grpc-ecosystem/grpc-health-probe@v0.4.42' },
  { name: 'ghz', module: 'github.com/bojand/ghz/cmd/ghz@v0.121.0' },
];

/** Null: it can be run. */
export function whyNoGo() {
  return findGo() === null ? 'there is no Go (go) on PATH; https://go.dev/doc/install' : null;
}

/** One at a time: each takes all processors by itself. @returns {import('../command.mjs').Command[]} */
export function buildClients() {
  const program = findGo() ?? 'go';
  return CLIENTS.map(({ module }) => ({
    program,
    args: ['install', module],
    env: { GOBIN: join(ROOT, GO_BIN) },
  }));
}

function findGo() {
  // Where the official archive goes, which leaves PATH to the user.
  const archive = '/usr/local/go/bin/go';
  const places = ['go', ...(existsSync(archive) ? [archive] : [])];
  return places.find((program) => firstLine(program, ['version']) !== null) ?? null;
}
