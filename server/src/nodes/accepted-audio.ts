/** Which audio a node takes, ready to be compared with what comes. */
import {
  type AudioData,
  type AudioFormatSpec,
  FORMAT_HINT,
  RemoteMediaError,
  SAMPLE_FORMAT_NAMES,
  type SampleFormatName,
} from '@remotemedia/contract';
import { FORMATS } from './format-param.js';

/** Audio as far as it is known; null: not known. */
export interface KnownAudio {
  /** Hz, of one channel. */
  readonly sampleRate: number | null;
  readonly channels: number | null;
  readonly format: SampleFormatName | null;
}

/** The fields of audio that a choice among formats depends on. */
type Described = Pick<AudioData, 'sampleRate' | 'channels' | 'format'>;

/** What each field may be; null: anything. */
export class AcceptedAudio {
  readonly sampleRates: readonly number[] | null;
  readonly channels: readonly number[] | null;
  readonly formats: readonly SampleFormatName[] | null;
  readonly #rates: ReadonlySet<number> | null;
  readonly #channels: ReadonlySet<number> | null;
  readonly #codes: ReadonlySet<number> | null;

  /** Fields that are a reference, or null, may be anything. */
  constructor({ sample_rate, channels, format }: AudioFormatSpec) {
    this.sampleRates = listOrNull(sample_rate);
    this.channels = listOrNull(channels);
    this.formats = listOrNull(format);
    this.#rates = setOf(this.sampleRates);
    this.#channels = setOf(this.channels);
    this.#codes = setOf(this.formats?.map((name): number => FORMATS[name]) ?? null);
  }

  /** Whether it takes every audio there is. */
  get isAny(): boolean {
    return this.sampleRates === null && this.channels === null && this.formats === null;
  }

  /** Compares numbers only: for every message. */
  takes({ sampleRate, channels, format }: Described): boolean {
    return (
      (this.#rates === null || this.#rates.has(sampleRate)) &&
      (this.#channels === null || this.#channels.has(channels)) &&
      (this.#codes === null || this.#codes.has(format))
    );
  }

  /** `yes` and `no` are certain whatever the unknown fields turn out to be. */
  takesKnown(known: KnownAudio): 'yes' | 'no' | 'unknown' {
    const verdicts = [
      verdictOn(this.sampleRates, known.sampleRate),
      verdictOn(this.channels, known.channels),
      verdictOn(this.formats, known.format),
    ];
    if (verdicts.includes('no')) return 'no';
    return verdicts.includes('unknown') ? 'unknown' : 'yes';
  }

  /** For messages: `8000 or 16000 Hz, 1 channel, i16`. */
  get text(): string {
    return formatText(this.sampleRates, this.channels, this.formats);
  }

  /** The error of audio that the node does not take. */
  refusal(nodeId: string, nodeType: string, got: Described, sequence: number): RemoteMediaError {
    const text = `Node '${nodeId}' (${nodeType}) takes ${this.text} and got ${audioText(got)}`;
    return new RemoteMediaError('input.invalid', text, { nodeId, hint: FORMAT_HINT, details: { sequence } });
  }
}

/** For messages, the same in both languages: `16000 Hz, 1 channel, i16`. */
export function audioText({ sampleRate, channels, format }: Described): string {
  const name = format === 0 ? 'unspecified' : (SAMPLE_FORMAT_NAMES[format - 1] ?? `format ${format}`);
  return formatText([sampleRate], [channels], [name]);
}

/** For messages: the fields that are known, or `any audio`. */
export function knownText({ sampleRate, channels, format }: KnownAudio): string {
  const text = formatText(listOf(sampleRate), listOf(channels), listOf(format));
  return text === '' ? 'any audio' : text;
}

type Values = readonly (number | string)[];

function formatText(rates: Values | null, channels: Values | null, formats: Values | null): string {
  const unit = channels?.length === 1 && channels[0] === 1 ? 'channel' : 'channels';
  return [
    ...(rates === null ? [] : [`${either(rates)} Hz`]),
    ...(channels === null ? [] : [`${either(channels)} ${unit}`]),
    ...(formats === null ? [] : [either(formats)]),
  ].join(', ');
}

function either(values: Values): string {
  return values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}

function listOf<Value>(value: Value | null): Value[] | null {
  return value === null ? null : [value];
}

function listOrNull<Value>(field: readonly Value[] | string | null): readonly Value[] | null {
  return typeof field === 'string' ? null : field;
}

function setOf<Value>(values: readonly Value[] | null): ReadonlySet<Value> | null {
  return values === null ? null : new Set(values);
}

function verdictOn<Value>(accepted: readonly Value[] | null, known: Value | null): 'yes' | 'no' | 'unknown' {
  if (accepted === null) return 'yes';
  if (known === null) return 'unknown';
  return accepted.includes(known) ? 'yes' : 'no';
}
