import type { Draw } from '../soak/draw.js';
import { audioBuffer, dataBuffer } from './data-bytes.js';
import { hostileText, randomBytes } from './hostile-values.js';
import { manifestField } from './manifest-bytes.js';
import { mutateBytes } from './mutate-bytes.js';
import { mutateObject } from './mutate-object.js';
import { bytesField, mapEntry, numberField } from './proto-bytes.js';
import type { RawStream } from './raw-client.js';
import type { ManifestObject } from './seed-manifests.js';

/** What a client does in a stream, in order. */
export type Step = { readonly send: Buffer } | 'wait until ready' | 'half-close' | 'cancel';

/** Field numbers of `StreamRequest`. */
const INIT = 1;
const DATA_CHUNK = 2;
const AUDIO_CHUNK = 3;
const CONTROL = 4;

/** Messages in an order that a good client would never choose, from the good one to complete nonsense. */
export function streamScript(draw: Draw, manifest: ManifestObject): Step[] {
  return new Script(draw, manifest).steps();
}

/** Does it; in the end the client has said all it has to say. */
export async function play(steps: readonly Step[], stream: RawStream): Promise<void> {
  for (const step of steps) {
    if (step === 'wait until ready') await stream.settled;
    else if (step === 'half-close') stream.halfClose();
    else if (step === 'cancel') stream.cancel();
    else stream.send(step.send);
  }
  stream.halfClose();
}

/** What a client may do next, by how often it does. */
const KINDS = [
  { kind: 'chunk', weight: 20 },
  { kind: 'audio', weight: 6 },
  { kind: 'init', weight: 1 },
  { kind: 'control', weight: 2 },
  { kind: 'noise', weight: 1 },
  { kind: 'mutated', weight: 1 },
  { kind: 'wait until ready', weight: 1 },
  { kind: 'half-close', weight: 0.3 },
  { kind: 'cancel', weight: 0.3 },
] as const;

class Script {
  readonly #draw: Draw;
  readonly #manifest: ManifestObject;
  #sequence = 0;

  constructor(draw: Draw, manifest: ManifestObject) {
    this.#draw = draw;
    this.#manifest = manifest;
  }

  steps(): Step[] {
    const draw = this.#draw;
    const steps: Step[] = [];
    if (draw.chance(0.85)) steps.push({ send: this.#init() });
    for (let left = draw.int(0, 12); left > 0; left--) {
      const step = steps.length === 1 && draw.chance(0.5) ? 'wait until ready' : this.#step();
      // As long as it has heard nothing, the service waits too.
      if (step !== 'wait until ready' || steps.length > 0) steps.push(step);
    }
    steps.push(draw.pick<Step>(['half-close', 'half-close', 'cancel', { send: control(1) }]));
    return steps;
  }

  #step(): Step {
    const draw = this.#draw;
    const { kind } = draw.pickWeighted(KINDS);
    switch (kind) {
      case 'chunk':
        return { send: this.#chunk() };
      case 'audio':
        return { send: this.#audioChunk() };
      case 'init':
        return { send: this.#init() };
      case 'control':
        return { send: control(draw.pick([0, 1, 2, 3, 77, -1])) };
      case 'noise':
        return { send: randomBytes(draw, draw.int(0, 80)) };
      case 'mutated':
        return { send: mutateBytes(this.#chunk(), draw, this.#init()) };
      default:
        return kind;
    }
  }

  #init(): Buffer {
    const draw = this.#draw;
    const sent = draw.chance(0.15) ? mutateObject(this.#manifest, draw) : this.#manifest;
    return bytesField(INIT, manifestField(sent, draw, false));
  }

  #chunk(): Buffer {
    const draw = this.#draw;
    const buffers = draw.chance(0.9)
      ? [bytesField(2, dataBuffer(draw))]
      : Array.from({ length: draw.int(0, 3) }, () => bytesField(3, mapEntry(hostileText(draw), dataBuffer(draw))));
    const { sequence, timestampMs } = this.#timing();
    const timing = [numberField(4, sequence), numberField(5, timestampMs)];
    return bytesField(DATA_CHUNK, Buffer.concat([bytesField(1, this.#nodeId()), ...buffers, ...timing]));
  }

  #audioChunk(): Buffer {
    const { sequence, timestampMs } = this.#timing();
    const timing = [numberField(3, sequence), numberField(4, timestampMs)];
    const buffer = bytesField(2, audioBuffer(this.#draw));
    return bytesField(AUDIO_CHUNK, Buffer.concat([bytesField(1, this.#nodeId()), buffer, ...timing]));
  }

  #nodeId(): string {
    const ids = (this.#manifest['nodes'] as { id: string }[]).map(({ id }) => id);
    return this.#draw.chance(0.98) ? this.#draw.pick(ids) : hostileText(this.#draw);
  }

  /** Sequence and time: mostly upwards. */
  #timing(): { sequence: number | bigint; timestampMs: number | bigint } {
    const draw = this.#draw;
    this.#sequence += 1;
    return {
      sequence: draw.chance(0.98) ? this.#sequence : draw.pick([0, 2 ** 53 - 1, 2 ** 53, 2n ** 64n - 1n, 1]),
      timestampMs: draw.chance(0.95) ? this.#sequence * 20 : draw.pick([2 ** 53 - 1, 2 ** 44, 2n ** 63n]),
    };
  }
}

function control(command: number): Buffer {
  return bytesField(CONTROL, numberField(1, command));
}
