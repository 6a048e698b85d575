import { setTimeout as sleep } from 'node:timers/promises';
import { RemoteMediaError } from '@remotemedia/contract';
import { runtimeDirectory } from '@remotemedia/server/admin';
import { z } from 'zod';
import { defineCommand, INSTANCE_OPTION, JSON_OPTION } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { type CpuShares, cpuShares, type Found, findServices, measureServices } from '../ps/find-services.js';
import { renderServices } from '../ps/render-services.js';
import { servicesJson } from '../ps/services-json.js';
import { type Terminal, writeJson } from '../terminal.js';

/** CPU shares are measured over this time: the kernel counts in steps of 10 ms. */
const CPU_WINDOW_MS = 400;
const CLEAR = '\u001b[H\u001b[2J';

const input = z.object({
  instance: z.string().optional(),
  watch: z.coerce
    .number('expected seconds')
    .min(0.5, 'expected 0.5 or more')
    .max(3600, 'expected 3600 or less')
    .optional(),
  json: z.boolean().default(false),
});

export const ps = defineCommand({
  path: ['ps'],
  summary: 'show what running services are doing',
  details: [
    'Finds every service of this user on this machine and shows its sessions, their nodes and processes, CPU and memory, how full each connection is, what was dropped, and shared memory. CPU is the share of one core over the last moments; memory counts what processes share in part.',
    'A service that does not answer within 2 s is shown as unresponsive. When no service runs, the exit code is 4.',
  ],
  arguments: [],
  options: [INSTANCE_OPTION, { flags: '--watch <secs>', summary: 'show it again and again, so often' }, JSON_OPTION],
  examples: [
    ['remotemedia ps', 'every service of this user'],
    ['remotemedia ps --watch 2', 'follow what they do'],
    ['remotemedia ps --json', 'for a program'],
  ],
  input,
  async run({ instance, watch, json }, terminal) {
    const directory = runtimeDirectory(terminal.env);
    const look = async (): Promise<Found> => only(await findServices(directory), instance);
    const first = await measureServices(look, CPU_WINDOW_MS);
    show(first.found, first.cpu, { instance, json, isWatch: watch !== undefined }, terminal);
    if (watch !== undefined) {
      let before = first.found;
      while (await pause(watch * 1000, terminal.signal)) {
        const found = await look();
        show(found, cpuShares(before, found), { instance, json, isWatch: true }, terminal);
        before = found;
      }
    }
    return EXIT.ok;
  },
});

interface ShowOptions {
  readonly instance: string | undefined;
  readonly json: boolean;
  readonly isWatch: boolean;
}

/** @throws RemoteMediaError `service.unreachable` when there is no service to show */
function show(found: Found, cpu: CpuShares, { instance, json, isWatch }: ShowOptions, { stdout }: Terminal): void {
  if (found.services.length === 0) throw noService(found, instance);
  if (json) writeJson(stdout, servicesJson(found, cpu));
  else stdout.write(`${isWatch && stdout.isTerminal ? CLEAR : ''}${renderServices(found.services, cpu)}`);
}

function only(found: Found, instance: string | undefined): Found {
  if (instance === undefined) return found;
  const isIt = (id: string): boolean => id.startsWith(instance);
  return {
    services: found.services.filter((service) => isIt(service.instance)),
    dead: found.dead.filter(isIt),
  };
}

function noService({ dead }: Found, instance: string | undefined): RemoteMediaError {
  const left = dead.length === 0 ? '' : `; dead ones left something behind: ${dead.join(', ')}`;
  const what = instance === undefined ? 'No service of this user runs on this machine' : `No service ${instance} runs`;
  return new RemoteMediaError('service.unreachable', what + left, {
    hint: dead.length === 0 ? 'Start one: remotemedia serve' : 'Remove what is left: remotemedia clean',
  });
}

/** False: the wait was interrupted. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
