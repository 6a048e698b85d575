import { readFile, writeFile } from 'node:fs/promises';
import { audioFromWav, audioToWav, connect, isRemoteMediaError } from '@remotemedia/client';

const client = connect(process.argv[2] ?? 'localhost:50051');
const manifest = JSON.parse(await readFile('manifest.json', 'utf8'));
const speech = audioFromWav(await readFile('speech.wav'));

try {
  const { status, dataOutputs } = await client.execute(manifest, { input_chunker: speech }, { timeoutMs: 60_000 });
  const reply = dataOutputs.get('vibe_tts');
  if (reply?.kind === 'audio') await writeFile('reply.wav', audioToWav(reply, 'i16'));
  console.log(`Execution status: ${status}`);
} catch (error) {
  if (!isRemoteMediaError(error)) throw error;
  console.error(`${error.code}: ${error.message}\n${error.hint}\n${error.details.traceback ?? ''}`);
  process.exitCode = 1;
} finally {
  client.close();
}
