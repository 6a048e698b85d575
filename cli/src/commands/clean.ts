import {
  cleanUp,
  findLeftovers,
  findOwnerless,
  type Leftover,
  type Ownerless,
  removeOwnerless,
  runtimeDirectory,
} from '@remotemedia/server/admin';
import { z } from 'zod';
import { defineCommand, JSON_OPTION } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { withSnakeKeys } from '../snake-case.js';
import { type TextOutput, writeJson } from '../terminal.js';
import { bytesText, durationText } from '../units.js';

export const clean = defineCommand({
  path: ['clean'],
  summary: 'remove what dead services left behind',
  details: [
    'Kills their processes that live on, and removes their shared memory and files. What a running service owns is never touched. The start of any service does the same, so this is for a machine on which none will start.',
    'Shared memory is ownerless when its service is dead and has no folder in this runtime directory: somebody removed it, or it had another runtime directory. No start removes that; it is only shown, unless --ownerless is given. What is younger than a minute is not shown.',
    'The exit code is 1 when something could not be removed.',
  ],
  arguments: [],
  options: [
    { flags: '--ownerless', summary: 'remove ownerless shared memory too' },
    { flags: '--dry-run', summary: 'only show what would be removed' },
    JSON_OPTION,
  ],
  examples: [
    ['remotemedia clean --dry-run', 'what is left of services that were killed'],
    ['remotemedia clean', 'remove it'],
    ['remotemedia clean --ownerless', 'and shared memory of those whose folder is gone'],
  ],
  input: z.object({
    ownerless: z.boolean().default(false),
    dryRun: z.boolean().default(false),
    json: z.boolean().default(false),
  }),
  async run({ ownerless: isOwnerlessMeant, dryRun, json }, { stdout, stderr, env }) {
    const directory = runtimeDirectory(env);
    const { removed, kept } = dryRun ? { removed: await findLeftovers(directory), kept: [] } : await cleanUp(directory);
    const ownerless = await handleOwnerless(directory, isOwnerlessMeant, dryRun);
    const failed = kept.length + ownerless.kept.length;
    const exitCode = failed === 0 ? EXIT.ok : EXIT.checkFailed;
    if (json) {
      writeJson(stdout, {
        dry_run: dryRun,
        removed: withSnakeKeys(removed),
        kept: withSnakeKeys(kept),
        ownerless: withSnakeKeys(ownerless),
      });
      return exitCode;
    }
    const verb = dryRun ? 'would remove' : 'removed';
    const texts = [...removed.map(describe), ...ownerless.removed.map(describeOwnerless)];
    for (const text of texts) stdout.write(`${verb} ${text}\n`);
    if (texts.length + failed === 0) stdout.write('nothing to remove\n');
    for (const text of [...kept.map(describe), ...ownerless.kept.map(describeOwnerless)])
      stderr.write(`error: could not remove ${text}\n`);
    showFound(ownerless.found, stdout);
    return exitCode;
  },
});

interface OwnerlessHandled {
  /** There, and not to be removed. */
  readonly found: readonly Ownerless[];
  readonly removed: readonly Ownerless[];
  readonly kept: readonly Ownerless[];
}

async function handleOwnerless(directory: string, isMeant: boolean, dryRun: boolean): Promise<OwnerlessHandled> {
  if (isMeant && !dryRun) return { found: [], ...(await removeOwnerless(directory)) };
  const found = await findOwnerless(directory);
  return isMeant ? { found: [], removed: found, kept: [] } : { found, removed: [], kept: [] };
}

function showFound(found: readonly Ownerless[], stdout: TextOutput): void {
  if (found.length === 0) return;
  for (const each of found) stdout.write(`left ${describeOwnerless(each)}\n`);
  stdout.write('fix: Remove what is ownerless: remotemedia clean --ownerless\n');
}

function describe({ instance, files, shmObjects, shmBytes, orphans }: Leftover): string {
  const parts = [
    ...orphans.map(({ pid, command }) => `process ${pid} (${command})`),
    `${shmObjects} shared-memory objects (${bytesText(shmBytes)})`,
    `${files} files and folders`,
  ];
  return `${instance}: ${parts.join(', ')}`;
}

function describeOwnerless({ instance, shmObjects, shmBytes, ageSecs, orphans }: Ownerless): string {
  const parts = [
    ...orphans.map(({ pid, command }) => `process ${pid} (${command})`),
    `${shmObjects} ownerless shared-memory objects (${bytesText(shmBytes)}), ${durationText(ageSecs)} old`,
  ];
  return `${instance}: ${parts.join(', ')}`;
}
