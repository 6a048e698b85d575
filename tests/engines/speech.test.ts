import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { WireClient } from '../harness/client.js';
import { chainOf, manifestOf, type Nodes, outputOf, textOf } from '../harness/messages.js';
import { isRunning, leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/speech-to-speech', import.meta.url));
const WAV_HEADER_BYTES = 44;
/** The recording, and two seconds of silence, in which its utterance ends. */
const COMMAND = command();

let running: TestService;
let client: WireClient;

beforeAll(async () => {
  running = await startTestService({ limits: { media_roots: [EXAMPLE] } });
  client = new WireClient(running.address);
});

afterAll(async () => {
  client.close();
  await running.close();
});

/** Skips a test whose engines are not on this machine. */
async function needEngines({ skip }: TestContext, ...types: readonly string[]): Promise<void> {
  const nodes = types.map((type, index) => ({ id: `n${index}`, node_type: type }));
  const gaps = await running.service.findGaps(running.service.validate({ version: 'v1', nodes, connections: [] }));
  skip(gaps.length > 0, gaps.flatMap((each) => each.gaps.map(({ what }) => what)).join('; '));
}

const REPLY = {
  rules: [{ heard: 'go {direction} {count} meters', reply: 'Okay, going {direction} {count} meters.' }],
  slots: { direction: ['forward', 'backward'], count: ['six', 'eight', 'ten'] },
};
const HEARD_GRAMMAR = `#JSGF V1.0;
grammar reply;
public <reply> = okay going (forward | backward) <count> (meters | miles);
<count> = six | eight | ten;
`;

const VOICES = ['HibariTTSNode', 'PiperTTSNode', 'FliteTTSNode', 'EspeakTTSNode'];

describe.each(VOICES)('a pipeline that answers with %s', (voice) => {
  it('says what another recogniser understands', async (context) => {
    await needEngines(context, 'PocketSphinxNode', voice);
    const nodes: Nodes = {
      recording: ['AudioFileSourceNode', { path: 'recorded.wav' }],
      gate: 'EnergyVadGateNode',
      recognition: 'PocketSphinxNode',
      reply: ['TextRuleNode', REPLY],
      speech: voice,
      resample: ['ResampleNode', { target_rate: 16_000 }],
      check: ['PocketSphinxNode', { grammar: HEARD_GRAMMAR }],
      answer: 'PassThrough',
    };
    const chain = ['recording>gate', 'gate>recognition', 'recognition>reply', 'reply>speech', 'speech>resample'];
    const stream = client.stream().read();
    stream.send({ init: { manifest: manifestOf(nodes, [...chain, 'resample>check', 'reply>answer']) } });
    await stream.response('ready');
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    const { code, error } = await stream.ended;
    expect(error).toBeNull();
    expect(code).toBe(0);
    expect(textsOf(stream.all('result'), 'answer')).toEqual(['Okay, going forward ten meters.']);
    expect(textsOf(stream.all('result'), 'check')).toEqual(['okay going forward ten meters']);
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('stops within a second in the middle of a long text, and no program is left', async (context) => {
    await needEngines(context, voice);
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ speech: voice }) } });
    const { session_id: session } = await stream.response('ready');
    const started = await running.event((event) => event.type === 'process.started' && event.session === session);
    const sentence = 'The quick brown fox jumps over the lazy dog, again and again. ';
    stream.send({ data_chunk: { node_id: 'speech', buffer: textOf(sentence.repeat(200)), sequence: 1 } });
    await stream.response('result');
    const cancelledMs = performance.now();
    stream.call.cancel();
    await running.event((event) => event.type === 'session.ended' && event.session === session);
    expect(performance.now() - cancelledMs).toBeLessThan(1000);
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
    if (started.type === 'process.started') expect(membersOf(started.pid)).toEqual([]);
  });
});

describe.each([
  ['PocketSphinxNode', {}, 'go forward ten meters'],
  ['WhisperNode', { language: 'en' }, 'Go forward 10 meters.'],
])('%s behind a node that joins utterances', (recognition, params, heard) => {
  it('hears each while the stream goes on, and tells when it began', async (context) => {
    await needEngines(context, recognition);
    const stream = client.stream().read();
    const nodes: Nodes = {
      gate: 'EnergyVadGateNode',
      joined: 'AudioBufferAccumulatorNode',
      recognition: [recognition, params],
    };
    stream.send({ init: { manifest: chainOf(nodes) } });
    await stream.response('ready');
    const begins: number[] = [];
    for (const count of [1, 2]) {
      stream.send({ data_chunk: { node_id: 'gate', buffer: COMMAND, sequence: count } });
      await stream.message(() => stream.all('result').length === count);
      const output = outputOf(stream.all('result').at(-1) ?? {}, 'recognition');
      const { text_data } = output['text'] as { text_data: Buffer };
      const metadata = output['metadata'] as Record<string, string>;
      expect([text_data.toString(), metadata['final']]).toEqual([heard, 'true']);
      begins.push(Number(metadata['start_ms']));
    }
    const [first = 0, second = 0] = begins;
    expect(first).toBeGreaterThan(0);
    // The gate counts what it dropped, too, in windows of 10 ms.
    const apartMs = (COMMAND.audio.num_samples * 1000) / 16_000;
    expect(Math.abs(second - first - apartMs)).toBeLessThan(10);
    stream.call.cancel();
  });
});

function command() {
  const recorded = readFileSync(`${EXAMPLE}/recorded.wav`).subarray(WAV_HEADER_BYTES);
  const samples = Buffer.concat([recorded, Buffer.alloc(4 * 16_000)]);
  const shape = { sample_rate: 16_000, channels: 1, format: 'AUDIO_FORMAT_I16' };
  return { audio: { ...shape, samples, num_samples: samples.byteLength / 2 } };
}

function textsOf(results: readonly Record<string, unknown>[], nodeId: string): string[] {
  return results.flatMap((result) => {
    const outputs = result['data_outputs'] as Record<string, { text?: { text_data: Buffer } }> | undefined;
    const text = outputs?.[nodeId]?.text;
    return text === undefined ? [] : [text.text_data.toString()];
  });
}

/** Processes of a process group: a node's own, and the programs that it runs. Dead ones that wait to be reaped do not count. */
function membersOf(group: number): string[] {
  return readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && groupOf(name) === group && isRunning(Number(name)),
  );
}

function groupOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return 0;
  }
}
