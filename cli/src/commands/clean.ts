import { cleanUp, findLeftovers, type Leftover, runtimeDirectory } from '@remotemedia/server/admin';
import { z } from 'zod';
import { defineCommand, JSON_OPTION } from '../command.js';
import { EXIT } from '../exit-codes.js';
import { withSnakeKeys } from '../snake-case.js';
import { writeJson } from '../terminal.js';
import { bytesText } from '../units.js';

export const clean = defineCommand({
  path: ['clean'],
  summary: 'remove what dead services left behind',
  details: [
    'Kills their processes that live on, and removes their shared memory and files. What a running service owns is never touched. The start of any service does the same, so this is for a machine on which none will start.',
    'The exit code is 1 when something could not be removed.',
  ],
  arguments: [],
  options: [{ flags: '--dry-run', summary: 'only show what would be removed' }, JSON_OPTION],
  examples: [
    ['remotemedia clean --dry-run', 'what is left of services that were killed'],
    ['remotemedia clean', 'remove it'],
  ],
  input: z.object({ dryRun: z.boolean().default(false), json: z.boolean().default(false) }),
  async run({ dryRun, json }, { stdout, stderr, env }) {
    const directory = runtimeDirectory(env);
    const found = dryRun ? await findLeftovers(directory) : [];
    const { removed, kept } = dryRun ? { removed: found, kept: [] } : await cleanUp(directory);
    if (json) {
      writeJson(stdout, { dry_run: dryRun, removed: withSnakeKeys(removed), kept: withSnakeKeys(kept) });
      return kept.length === 0 ? EXIT.ok : EXIT.checkFailed;
    }
    const verb = dryRun ? 'would remove' : 'removed';
    for (const each of removed) stdout.write(`${verb} ${describe(each)}\n`);
    if (removed.length + kept.length === 0) stdout.write('nothing to remove\n');
    for (const each of kept) stderr.write(`error: could not remove ${describe(each)}\n`);
    return kept.length === 0 ? EXIT.ok : EXIT.checkFailed;
  },
});

function describe({ instance, files, shmObjects, shmBytes, orphans }: Leftover): string {
  const parts = [
    ...orphans.map(({ pid, command }) => `process ${pid} (${command})`),
    `${shmObjects} shared-memory objects (${bytesText(shmBytes)})`,
    `${files} files and folders`,
  ];
  return `${instance}: ${parts.join(', ')}`;
}
