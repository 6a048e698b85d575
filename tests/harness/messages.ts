import type { Message } from './client.js';

/** Nodes by id; a type, or a type and its parameters. */
export type Nodes = Readonly<
  Record<string, string | readonly [type: string, params: Readonly<Record<string, unknown>>]>
>;

/** A manifest with parameters as `params_json`. Connections are written `a>b`. */
export function manifestOf(nodes: Nodes, connections: readonly string[] = [], multiprocess?: Message): Message {
  return {
    version: 'v1',
    metadata: { name: 'test', ...(multiprocess === undefined ? {} : { multiprocess: toStruct(multiprocess) }) },
    nodes: Object.entries(nodes).map(([id, node]) => {
      const [type, params] = typeof node === 'string' ? [node, null] : node;
      return { id, node_type: type, ...(params === null ? {} : { params_json: JSON.stringify(params) }) };
    }),
    connections: connections.map((connection) => {
      const [from, to] = connection.split('>');
      return { from, to };
    }),
  };
}

/** A chain of nodes, each connected to the next. */
export function chainOf(nodes: Nodes, multiprocess?: Message): Message {
  const ids = Object.keys(nodes);
  const connections = ids.slice(1).map((id, index) => `${ids[index]}>${id}`);
  return manifestOf(nodes, connections, multiprocess);
}

/** A google.protobuf.Value as proto-loader takes it. */
export function toValue(value: unknown): Message {
  if (value === null) return { nullValue: 'NULL_VALUE' };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(toValue) } };
  return { structValue: toStruct(value as Message) };
}

export function toStruct(object: Message): Message {
  return { fields: Object.fromEntries(Object.entries(object).map(([key, value]) => [key, toValue(value)])) };
}

/** Mono 32-bit float audio at 16 kHz with a value of its own in every sample. */
export function audioOf(samples: number, start = 0): Message {
  const values = Float32Array.from({ length: samples }, (_, index) => (start + index) / 1e6);
  return {
    audio: {
      samples: Buffer.from(values.buffer),
      sample_rate: 16_000,
      channels: 1,
      format: 'AUDIO_FORMAT_F32',
      num_samples: samples,
    },
  };
}

export function textOf(text: string): Message {
  return { text: { text_data: Buffer.from(text), encoding: 'utf-8' } };
}

export function samplesOf(buffer: unknown): Buffer {
  const { audio } = buffer as { audio?: { samples?: Buffer } };
  return audio?.samples ?? Buffer.alloc(0);
}

/** The buffer of the one sink in a stream's result, or in `data_outputs` of a unary one. */
export function outputOf(result: Message, nodeId: string): Message {
  const outputs = result['data_outputs'] as Record<string, Message> | undefined;
  const output = outputs?.[nodeId];
  if (output === undefined) throw new Error(`no output of ${nodeId} in ${Object.keys(outputs ?? {}).join(', ')}`);
  return output;
}
