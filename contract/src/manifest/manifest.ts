import type { MultiprocessOverrides } from '../config/multiprocess.js';
import type { DataKind } from '../runtime-data.js';

/** A pipeline, checked and complete. */
export interface Manifest {
  readonly version: 'v1';
  readonly metadata: ManifestMetadata;
  /** At least one, ids unique. */
  readonly nodes: readonly ManifestNode[];
  /** Without cycles; both ends exist. */
  readonly connections: readonly ManifestConnection[];
  /** What is odd about the manifest but does not stop it, one sentence each. */
  readonly warnings: readonly string[];
}

export interface ManifestMetadata {
  readonly name: string;
  readonly description: string;
  readonly createdAt: string;
  /** This pipeline's own settings; what is absent comes from the next layer. */
  readonly multiprocess: MultiprocessOverrides;
}

/** A kind of data a node takes or gives, as its manifest says. */
export type TypeHint = DataKind | 'any';

/** Which interpreter the manifest would like; null for none in particular. */
export type RuntimeHint = 'rustpython' | 'cpython' | 'cpython_wasm' | 'auto';

export interface ManifestNode {
  readonly id: string;
  readonly nodeType: string;
  /** JSON data, exactly as given. Numbers are within 2^53. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly isStreaming: boolean;
  readonly capabilities: Capabilities | null;
  readonly host: string;
  readonly runtimeHint: RuntimeHint | null;
  /** Empty when the manifest says nothing. */
  readonly inputTypes: readonly TypeHint[];
  readonly outputTypes: readonly TypeHint[];
}

export interface Capabilities {
  readonly gpu: { readonly type: string; readonly minMemoryGb: number; readonly required: boolean } | null;
  readonly cpu: { readonly cores: number; readonly arch: string } | null;
  /** 0 when the manifest says nothing. */
  readonly memoryGb: number;
}

export interface ManifestConnection {
  readonly from: string;
  readonly to: string;
}
