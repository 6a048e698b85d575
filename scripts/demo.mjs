// Sets up what is missing, then runs the speech example. Progress of the set-up goes to stderr: stdout is the demo's.
import { runInForeground } from './command.mjs';
import { setUp } from './setup.mjs';

const ready = await setUp({ style: 'quiet', stream: process.stderr, extra: ['example'] });
process.exitCode = ready
  ? await runInForeground({
      program: process.execPath,
      args: ['examples/speech-to-speech/demo.mjs', ...process.argv.slice(2)],
    })
  : 1;
