/** A manifest as a file has it. */
export type ManifestObject = Record<string, unknown>;

/** Valid manifests, from which the mutated ones are made. Between them they use every key that a manifest may have. */
export function seedManifests(): ManifestObject[] {
  return [chain(), diamond(), python(), everyKey(), camelCase(), wide()];
}

/** Pipelines that take data of every kind: native nodes alone, and with a Python node. */
export function takesAnything(): { native: ManifestObject[]; python: ManifestObject[] } {
  const pass = { id: 'pass', node_type: 'PassThrough' };
  const echo = { id: 'echo', node_type: 'EchoNode' };
  return {
    native: [{ version: 'v1', nodes: [pass] }, diamond(), chain(), everyKey()],
    python: [{ version: 'v1', nodes: [pass, echo], connections: [{ from: 'pass', to: 'echo' }] }],
  };
}

function chain(): ManifestObject {
  return {
    version: 'v1',
    metadata: { name: 'chain' },
    nodes: [
      { id: 'a', node_type: 'PassThrough', params: {} },
      { id: 'b', node_type: 'AudioChunkerNode', params: { chunk_size: 160 } },
      { id: 'c', node_type: 'PassThrough' },
    ],
    connections: [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
    ],
  };
}

function diamond(): ManifestObject {
  return {
    version: 'v1',
    nodes: ['in', 'left', 'right', 'out'].map((id) => ({ id, node_type: 'PassThrough', params_json: '{}' })),
    connections: [
      { from: 'in', to: 'left' },
      { from: 'in', to: 'right' },
      { from: 'left', to: 'out' },
      { from: 'right', to: 'out' },
    ],
  };
}

function python(): ManifestObject {
  return {
    version: 'v1',
    metadata: {
      name: 'python',
      multiprocess: {
        max_processes_per_session: null,
        channel_capacity: 4,
        init_timeout_secs: 20,
        python_executable: 'python3',
      },
    },
    nodes: [
      { id: 'typed', node_type: 'TypedParamsNode', params: { voice: 'tom', speed: 2, repeats: 3 } },
      { id: 'echo', node_type: 'EchoNode', params: {} },
    ],
    connections: [{ from: 'typed', to: 'echo' }],
  };
}

function everyKey(): ManifestObject {
  return {
    version: 'v1',
    metadata: {
      name: 'all',
      description: 'every key',
      created_at: '2025-01-01T00:00:00Z',
      multiprocess: {
        max_processes_per_session: 4,
        channel_capacity: 100,
        init_timeout_secs: 30,
        cleanup_grace_period_secs: 5,
        enable_backpressure: true,
        shm_segment_size: 1_048_576,
        process_timeout_secs: null,
        python: { executable: 'python' },
      },
    },
    nodes: [
      {
        id: 'all',
        node_type: 'PassThrough',
        params: {},
        is_streaming: true,
        capabilities: {
          gpu: { type: 'cuda', min_memory_gb: 2, required: false },
          cpu: { cores: 2, arch: 'x86_64' },
          memory_gb: 1.5,
        },
        host: 'localhost:50051',
        runtime_hint: 'RUNTIME_HINT_CPYTHON',
        input_types: ['audio', 7],
        output_types: ['DATA_TYPE_HINT_AUDIO', 'any'],
      },
    ],
    connections: [],
  };
}

function camelCase(): ManifestObject {
  return {
    version: 'v1',
    metadata: { name: 'camel', createdAt: 'now', multiprocess: { channelCapacity: 7 } },
    nodes: [
      { id: 'A_1', nodeType: 'ResampleNode', params: { target_rate: 8000 }, isStreaming: false, runtimeHint: 2 },
      { id: 'B-2', nodeType: 'EnergyVadGateNode', params: {}, inputTypes: [1], outputTypes: [] },
    ],
    connections: [{ from: 'A_1', to: 'B-2' }],
  };
}

/** Forty nodes in layers of eight, each connected with all of the next layer. */
function wide(): ManifestObject {
  const id = (layer: number, index: number): string => `n${layer}_${index}`;
  const layers = [0, 1, 2, 3, 4];
  const places = [0, 1, 2, 3, 4, 5, 6, 7];
  return {
    version: 'v1',
    nodes: layers.flatMap((layer) => places.map((index) => ({ id: id(layer, index), node_type: 'PassThrough' }))),
    connections: layers
      .slice(1)
      .flatMap((layer) =>
        places.flatMap((from) => places.map((to) => ({ from: id(layer - 1, from), to: id(layer, to) }))),
      ),
  };
}
