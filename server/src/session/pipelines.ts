import {
  isRemoteMediaError,
  type Manifest,
  nearestNames,
  ProblemCollector,
  parseManifest,
  RemoteMediaError,
  type ResolvedConfig,
} from '@remotemedia/contract';
import type { Logger } from '../observe/logger.js';
import type { Caller } from './callers.js';
import type { Catalog } from './catalog.js';
import type { NodeGaps } from './engine-gaps.js';
import { buildGraph, type Conversion } from './graph.js';
import { type Allowance, watchMemory } from './memory-watch.js';
import { ParamSchemas } from './param-schemas.js';
import { checkFormats, kindsAlong, planConversions } from './plan-conversions.js';
import { readLeniently } from './read-leniently.js';
import { type InitProgress, Session, type SessionHost } from './session.js';
import type { Sessions } from './sessions.js';
import { type CheckedNodes, checkAgainstCatalog, type ReadManifest } from './validate.js';

export interface PipelinesOptions {
  readonly host: SessionHost;
  readonly sessions: Sessions;
  /** The settings that a manifest runs under. */
  readonly configOf: (manifest: Manifest) => ResolvedConfig;
  /** Whether audio is converted where a manifest does not say. Default: no. */
  readonly autoConvert?: boolean;
}

/** A manifest that can run. */
export interface ValidManifest {
  /** Its parameters are as the node types name them. */
  readonly manifest: Manifest;
  /** The settings that it runs under. */
  readonly config: ResolvedConfig;
}

export interface OpenOptions {
  readonly manifest: Manifest;
  /** Ids of the nodes that get input from outside; null: any node may. */
  readonly inputs: readonly string[] | null;
  readonly results: 'copy' | 'borrow';
  /** Who opens it. Default: nobody in particular. */
  readonly caller?: Caller | null;
  readonly onProgress?: (progress: InitProgress) => void;
  /** Bytes that the processes of the session may hold. Default: any amount. */
  readonly memory?: Allowance | null;
  /** For the lines of the session. Default: the service's. */
  readonly log?: Logger;
}

/** Turns manifests into sessions. Nothing is spawned for a manifest that cannot run. */
export class Pipelines {
  readonly #host: SessionHost;
  readonly #sessions: Sessions;
  readonly #configOf: (manifest: Manifest) => ResolvedConfig;
  readonly #autoConvert: boolean;
  readonly #schemas = new ParamSchemas();

  constructor({ host, sessions, configOf, autoConvert = false }: PipelinesOptions) {
    this.#autoConvert = autoConvert;
    this.#host = host;
    this.#sessions = sessions;
    this.#configOf = configOf;
  }

  get catalog(): Catalog {
    return this.#host.catalog;
  }

  #check(manifest: ReadManifest): CheckedNodes {
    return checkAgainstCatalog(manifest, this.#host.catalog, this.#schemas);
  }

  /**
   * The error of a manifest whose form is wrong, with what its node types find wrong besides.
   *
   * @param manifest what could be read of it.
   */
  completeError(error: RemoteMediaError, manifest: ReadManifest): RemoteMediaError {
    const collector = new ProblemCollector();
    for (const problem of [...(error.details.problems ?? []), ...this.#check(manifest).problems])
      collector.add(problem);
    return collector.toError() ?? error;
  }

  /**
   * Reads a manifest (an object, or JSON or YAML text) and checks it.
   *
   * @returns the manifest with its parameters as the node types name them
   * @throws RemoteMediaError `manifest.*` with every problem
   */
  read(input: unknown): Manifest {
    return this.validate(this.#parse(input)).manifest;
  }

  /**
   * Checks a manifest as far as that is possible without running it.
   *
   * @throws RemoteMediaError `manifest.*` with every problem
   */
  validate(given: Manifest): ValidManifest {
    const { problems, nodes, warnings } = this.#check(given);
    const manifest = { ...given, nodes, warnings: [...given.warnings, ...warnings] };
    const collector = new ProblemCollector();
    for (const problem of problems) collector.add(problem);
    if (!(manifest.metadata.multiprocess.auto_convert ?? this.#autoConvert)) {
      for (const problem of checkFormats(manifest, this.catalog)) collector.add(problem);
    }
    collector.throwIfAny();
    return { manifest, config: this.#configOf(manifest) };
  }

  /** What a valid manifest would have converted, where clients send only to nodes that no other node sends to. */
  planConversions(given: Manifest): readonly Conversion[] {
    const { manifest, config } = this.validate(given);
    return config.autoConvert ? planConversions(manifest, this.catalog, 'unconnected') : [];
  }

  /** The nodes of a valid manifest that lack something on this machine. */
  async findGaps(given: Manifest): Promise<readonly NodeGaps[]> {
    const { manifest, config } = this.validate(given);
    return await this.#host.findGaps(manifest.nodes, config);
  }

  /**
   * Opens a session; it is not started yet.
   *
   * @throws RemoteMediaError `manifest.*` with every problem, `limit.*`, or `service.draining`
   */
  open({ manifest: given, inputs, results, caller = null, onProgress, memory = null, log }: OpenOptions): Session {
    const { manifest, config } = this.validate(given);
    checkInputs(manifest, inputs);
    const { catalog } = this;
    const injected = inputs === null ? null : new Set(inputs);
    const conversions = config.autoConvert ? planConversions(manifest, catalog, injected ?? 'all') : [];
    const graph = buildGraph(manifest, (nodeType) => catalog.kindOf(nodeType), injected, {
      conversions,
      kindsAlong: (from, to) => kindsAlong(catalog, from, to),
    });
    const reservation = this.#sessions.reserve(graph, config.maxProcessesPerSession, caller);
    const session = new Session({
      id: reservation.sessionId,
      manifest,
      graph,
      conversions,
      config,
      host: this.#host,
      results,
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(log === undefined ? {} : { log }),
      onGone: () => reservation.release(),
    });
    this.#sessions.add(session);
    if (memory !== null && graph.inboxes > 1) watchMemory(session, memory);
    return session;
  }

  #parse(input: unknown): Manifest {
    try {
      return parseManifest(input);
    } catch (error) {
      if (!isRemoteMediaError(error) || error.details.problems === undefined) throw error;
      throw this.completeError(error, readLeniently(input));
    }
  }
}

function checkInputs(manifest: Manifest, inputs: readonly string[] | null): void {
  const ids = manifest.nodes.map((node) => node.id);
  for (const input of inputs ?? []) {
    if (ids.includes(input)) continue;
    const near = nearestNames(input, ids);
    const guess = near.length === 0 ? `; its nodes are ${ids.join(', ')}` : `; did you mean ${near.join(' or ')}?`;
    throw new RemoteMediaError(
      'input.invalid',
      `data_inputs is for node '${input}', which is not in the manifest${guess}`,
    );
  }
}
