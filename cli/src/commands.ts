import type { Command } from './command.js';
import { clean } from './commands/clean.js';
import { configExplain } from './commands/config-explain.js';
import { doctor } from './commands/doctor.js';
import { nodesInfo } from './commands/nodes-info.js';
import { nodesInstall } from './commands/nodes-install.js';
import { nodesList } from './commands/nodes-list.js';
import { nodesUninstall } from './commands/nodes-uninstall.js';
import { ps } from './commands/ps.js';
import { run } from './commands/run.js';
import { serve } from './commands/serve.js';
import { validate } from './commands/validate.js';

/** Every command, in the order in which help and the reference show them. */
export const COMMANDS: readonly Command[] = [
  serve,
  run,
  validate,
  nodesList,
  nodesInfo,
  nodesInstall,
  nodesUninstall,
  configExplain,
  ps,
  doctor,
  clean,
];
