import { audioFromSamples, connect, textToString } from '@remotemedia/client';

const client = connect(process.argv[2] ?? 'localhost:50051');
const manifest = {
  version: 'v1',
  nodes: [
    { id: 'input_chunker', node_type: 'AudioChunkerNode', params: { chunk_size: 1600 } },
    { id: 'whisper_asr', node_type: 'EchoNode', params: { model: 'base' } },
  ],
  connections: [{ from: 'input_chunker', to: 'whisper_asr' }],
};

const abort = new AbortController();
process.once('SIGINT', () => abort.abort());
const stream = client.stream(manifest, { signal: abort.signal });

/** Sends and reads at the same time: who only sends comes to a halt when nobody takes the results. */
async function speak() {
  for (let second = 0; second < 3; second += 1) {
    const samples = new Float32Array(16_000).fill(second / 10);
    await stream.send({ nodeId: 'input_chunker', data: audioFromSamples(samples, { sampleRate: 16_000 }) });
  }
  await stream.flush(); // all of it is on the connection
  stream.close(); // no more input: the nodes give out what they hold back
}

/** @type {Promise<void> | null} */
let speaking = null;
for await (const event of stream) {
  if (event.type === 'init_progress') console.log(`${event.nodeId}: ${event.status} ${event.message}`);
  if (event.type === 'ready') speaking = speak();
  if (event.type === 'result' && event.data.kind === 'text') console.log(textToString(event.data));
  if (event.type === 'result' && event.data.kind === 'audio') console.log(`${event.data.numSamples} samples`);
  if (event.type === 'closed') console.log(`closed: ${event.reason}`);
}
await speaking;
client.close();
