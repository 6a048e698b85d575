// Sets up what is missing, then runs a bench. Progress of the set-up goes to stderr: stdout is the bench's.
import { runInForeground } from './command.mjs';
import { setUp } from './setup.mjs';

const ready = await setUp({ style: 'quiet', stream: process.stderr });
process.exitCode = ready
  ? await runInForeground({ program: process.execPath, args: ['bench/main.mjs', ...process.argv.slice(2)] })
  : 1;
