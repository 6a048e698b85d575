import {
  decodeRequest,
  fromResourceLimits,
  isRemoteMediaError,
  type Manifest,
  resolveConfig,
  wire,
} from '@remotemedia/contract';
import type { Service } from '@remotemedia/server';
import { checkClientVersion } from '../../server/src/grpc/client-version.js';
import { readInputs } from '../../server/src/grpc/inputs.js';
import { readManifest } from '../../server/src/grpc/manifest-form.js';
import { Pipelines } from '../../server/src/session/pipelines.js';
import type { SessionHost } from '../../server/src/session/session.js';
import type { Sessions } from '../../server/src/session/sessions.js';
import { faultOf } from './verdict.js';

/** What became of an input. */
export interface Outcome {
  /** The code it was refused with, or `valid`. */
  readonly code: string;
  /** What is wrong with that; null: nothing. */
  readonly fault: string | null;
  /** Time of the processor, which others on the machine do not change as much as they do the clock. */
  readonly cpuMs: number;
}

/** Judges requests as a service with these node types does, up to the point where it would open a session. */
export class Judge {
  readonly #pipelines: Pipelines;

  constructor(service: Service) {
    this.#pipelines = new Pipelines({
      host: { catalog: service.catalog } as SessionHost,
      sessions: {} as Sessions,
      configOf: (manifest) => resolveConfig({ manifest: manifest.metadata.multiprocess }),
    });
  }

  /** Never throws. */
  judge(bytes: Uint8Array): Outcome {
    const before = process.cpuUsage();
    const verdict = this.#verdict(bytes);
    const { user, system } = process.cpuUsage(before);
    return { ...verdict, cpuMs: (user + system) / 1000 };
  }

  #verdict(bytes: Uint8Array): { code: string; fault: string | null } {
    try {
      return { code: 'valid', fault: faultOfManifest(this.#read(bytes)) };
    } catch (error) {
      return { code: isRemoteMediaError(error) ? error.code : 'other', fault: faultOf(error) };
    }
  }

  #read(bytes: Uint8Array): Manifest {
    const request = decodeRequest(wire.ExecuteRequest, bytes);
    checkClientVersion(request.clientVersion);
    fromResourceLimits(request.resourceLimits);
    const manifest = readManifest(request, this.#pipelines);
    readInputs(request.dataInputs);
    this.#pipelines.validate(manifest);
    return manifest;
  }
}

/** What must be true of every manifest that was let through. */
function faultOfManifest({ nodes, connections }: Manifest): string | null {
  const place = new Map(nodes.map(({ id }, index) => [id, index]));
  if (place.size !== nodes.length || nodes.length === 0 || nodes.length > 1000) return `${nodes.length} nodes`;
  const odd = nodes.find(({ id }) => !/^[A-Za-z0-9_-]{1,128}$/.test(id));
  if (odd !== undefined) return `the id ${odd.id}`;
  const loose = connections.find(({ from, to }) => !place.has(from) || !place.has(to) || from === to);
  return loose === undefined ? null : `a connection from ${loose.from} to ${loose.to}`;
}
