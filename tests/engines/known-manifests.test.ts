/** Manifests that exist: the one that users know from the quick start, and one as clients of the original system write it. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, WireClient } from '../harness/client.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
let bare: TestService;

/** A service whose Python has the SDK and no engine, and no weights. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rm-bare-'));
  const venv = join(folder, 'venv');
  await run(join(ROOT, '.venv/bin/python'), ['-m', 'venv', '--without-pip', venv]);
  const { stdout } = await run(join(venv, 'bin/python'), [
    '-c',
    'import sysconfig; print(sysconfig.get_path("purelib"))',
  ]);
  await writeFile(join(stdout.trim(), 'sdk.pth'), `${join(ROOT, 'python')}\n`);
  bare = await startTestService({
    multiprocess: { python: { venv_path: venv, environments_path: join(folder, 'environments') } },
    models: { paths: [join(folder, 'models')] },
  });
});

afterAll(async () => {
  await bare.close();
  await rm(folder, { recursive: true, force: true });
});

function manifest(name: string): Promise<string> {
  return readFile(new URL(`../fixtures/manifests/${name}`, import.meta.url), 'utf8');
}

describe("the quick start's first manifest, word for word", () => {
  it('is valid, with a warning for each name that stands for another', async () => {
    const { warnings } = bare.service.validate(await manifest('speech-to-speech.json'));
    expect(warnings).toEqual([
      expect.stringMatching(/^Node 'lfm2_s2s': LFM2AudioNode has no model 'large'; it is taken for "lfm2/),
      expect.stringMatching(/^Node 'vibe_tts': VibeVoiceNode has no voice 'sarah'; it is taken for "/),
    ]);
  });

  it('names the known ones for a name that is in no table', async () => {
    const text = (await manifest('speech-to-speech.json')).replace('"large"', '"gigantic"').replace('"sarah"', '"bob"');
    expect(() => bare.service.validate(text)).toThrow(
      /must be one of "lfm2.*\(nodes\[2\]\.params\.model\).*must be one of .*\(nodes\[3\]\.params\.voice\)/s,
    );
  });

  it('fails where the engines are missing, with one error that lists all three and the commands that help', async () => {
    const client = new WireClient(bare.address);
    const error = await failureOf(client.execute({ manifest_json: await manifest('speech-to-speech.json') }));
    client.close();
    expect(error).toMatchObject({ code: 'engine.missing', status: 9 });
    for (const [node, type, packageName] of [
      ['whisper_asr', 'WhisperNode', 'faster-whisper'],
      ['lfm2_s2s', 'LFM2AudioNode', 'liquid-audio'],
      ['vibe_tts', 'VibeVoiceNode', 'transformers'],
    ]) {
      expect(error.message).toContain(`Node '${node}' (${type}) lacks what it needs`);
      expect(error.message).toContain(packageName);
      expect(error.hint).toContain(`remotemedia nodes install ${type}`);
    }
    expect(await leftovers(bare)).toEqual(NOTHING_LEFT);
  });
});

describe('a manifest as clients of the original system write it', () => {
  it('is valid for the nodes that there are', async () => {
    const { nodes, warnings } = bare.service.validate(await manifest('voice-assistant.camel-case.json'));
    expect(warnings).toEqual([]);
    const params = Object.fromEntries(nodes.map((node) => [node.id, node.params]));
    expect(params['chunker']).toEqual({ chunk_size: 512 });
    expect(params['vad']).toMatchObject({ min_speech_duration_ms: 250, speech_pad_ms: 30 });
    expect(params['accumulator']).toEqual({ min_utterance_duration_ms: 500, max_utterance_duration_ms: 30_000 });
  });

  it('has the missing ones named, all at once', async () => {
    const text = (await manifest('voice-assistant.camel-case.json'))
      .replace('VibeVoiceTTSNode', 'KokoroTTSNode')
      .replace('SileroVADNode', 'SpeculativeVADGate');
    expect(() => bare.service.validate(text)).toThrow(
      /Unknown node type 'SpeculativeVADGate'.*\(nodes\[2\].*Unknown node type 'KokoroTTSNode'.*\(nodes\[6\]/s,
    );
  });
});
