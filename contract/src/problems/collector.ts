import type { ErrorCode } from '../errors/codes.js';
import { type Problem, RemoteMediaError } from '../errors/error.js';
import { plainText } from '../errors/plain-text.js';
import { didYouMean } from './nearest.js';

/** How many problems an error lists; the rest is counted. A hostile manifest can hold millions. */
const LISTED = 100;
/** How many of them stand in the message itself. */
const IN_MESSAGE = 10;
const PATH_LIMIT = 200;
const MESSAGE_LIMIT = 600;
const NODE_ID_LIMIT = 200;

/** A problem as it is reported; what is left out is null, and the code is the collector's own. */
export interface NewProblem {
  readonly path: string;
  readonly message: string;
  readonly code?: ErrorCode;
  readonly hint?: string | null;
  readonly nodeId?: string | null;
}

/**
 * Gathers everything that is wrong with a manifest or a configuration, so that all of it is reported at once.
 *
 * The error's code is the problems' own when they all have the same one, and the general code otherwise.
 */
export class ProblemCollector {
  readonly #title: string;
  readonly #generalCode: ErrorCode;
  readonly #problems: Problem[] = [];
  #count = 0;

  constructor(title = 'Manifest validation error', generalCode: ErrorCode = 'manifest.invalid') {
    this.#title = title;
    this.#generalCode = generalCode;
  }

  /** How many problems there are, those included that are only counted. */
  get count(): number {
    return this.#count;
  }

  /** Whether further problems no longer stand in the message: then it is not worth the time to guess what was meant. */
  get crowded(): boolean {
    return this.#problems.length >= IN_MESSAGE;
  }

  get problems(): readonly Problem[] {
    return this.#problems;
  }

  add(problem: NewProblem): void {
    this.#count += 1;
    if (this.#problems.length < LISTED) {
      const { path, message, code = this.#generalCode, hint = null, nodeId = null } = problem;
      this.#problems.push({
        path: plainText(path, PATH_LIMIT),
        message: plainText(message, MESSAGE_LIMIT),
        code,
        hint: hint === null ? null : plainText(hint, MESSAGE_LIMIT),
        nodeId: nodeId === null ? null : plainText(nodeId, NODE_ID_LIMIT),
      });
    }
  }

  /** A node whose type nobody has registered. */
  addUnknownNodeType(nodeType: string, knownTypes: Iterable<string>, path: string, nodeId: string): void {
    this.add({
      path,
      nodeId,
      code: 'manifest.unknown_node_type',
      message: `Unknown node type '${nodeType.slice(0, 200)}'${this.crowded ? '' : didYouMean(nodeType, knownTypes)}`,
    });
  }

  /** One error for all problems, or null when there are none. */
  toError(): RemoteMediaError | null {
    const [first] = this.#problems;
    if (first === undefined) {
      return null;
    }
    const code = this.#same((problem) => problem.code) ?? this.#generalCode;
    const hint = this.#same((problem) => problem.hint) ?? undefined;
    const listed = this.#problems.slice(0, IN_MESSAGE).map(sentence).join('; ');
    const more = this.#count > IN_MESSAGE ? `; and ${this.#count - IN_MESSAGE} more` : '';
    return new RemoteMediaError(code, `${this.#title}: ${listed}${more}`, {
      nodeId: this.#same((problem) => problem.nodeId),
      ...(hint === undefined ? {} : { hint }),
      details: { problems: this.#problems },
    });
  }

  /** @throws RemoteMediaError when there are problems. */
  throwIfAny(): void {
    const error = this.toError();
    if (error !== null) {
      throw error;
    }
  }

  /** Adds a problem after which there is no point in looking further. */
  throwWith(problem: NewProblem): never {
    this.add(problem);
    throw this.toError() ?? new RemoteMediaError(this.#generalCode, `${this.#title}: ${problem.message}`);
  }

  #same<T>(pick: (problem: Problem) => T): T | null {
    const [first, ...rest] = this.#problems.map(pick);
    return first !== undefined && rest.every((value) => value === first) ? first : null;
  }
}

function sentence({ path, message }: Problem): string {
  return path === '' ? message : `${message} (${path})`;
}
