import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** Something wrong with the parameters of a node: where, and what. */
export interface SchemaProblem {
  /** For example `.rates[1]`; empty: the parameters as a whole. */
  readonly path: string;
  readonly message: string;
}

/** Checks parameters against the JSON Schemas that Python nodes declare. A schema is compiled on first use. */
export class ParamSchemas {
  readonly #draft7 = new Ajv({ allErrors: true, strict: false, logger: false });
  readonly #draft2020 = new Ajv2020({ allErrors: true, strict: false, logger: false });
  readonly #compiled = new WeakMap<object, ValidateFunction | Error>();

  /** All that is wrong with `params`; empty: nothing. A schema that is itself no schema is a problem of every node that has it. */
  check(schema: Readonly<Record<string, unknown>>, params: unknown): SchemaProblem[] {
    const validate = this.#compile(schema);
    if (validate instanceof Error)
      return [{ path: '', message: `the node's own schema is not valid: ${validate.message}` }];
    if (validate(params)) return [];
    return (validate.errors ?? []).filter((error) => !isSummary(error)).map(toProblem);
  }

  #compile(schema: Readonly<Record<string, unknown>>): ValidateFunction | Error {
    let compiled = this.#compiled.get(schema);
    if (compiled === undefined) {
      compiled = this.#tryCompile(schema);
      this.#compiled.set(schema, compiled);
    }
    return compiled;
  }

  #tryCompile(schema: Readonly<Record<string, unknown>>): ValidateFunction | Error {
    const dialect = schema['$schema'];
    const isDraft7 = typeof dialect === 'string' && dialect.includes('draft-07');
    // An $id would be remembered by ajv, and the next schema with the same one refused.
    const { $id: _, ...body } = schema;
    try {
      return (isDraft7 ? this.#draft7 : this.#draft2020).compile(body);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}

/** Says only that a branch failed, whose own errors stand beside it. */
function isSummary(error: ErrorObject): boolean {
  return error.keyword === 'if';
}

function toProblem(error: ErrorObject): SchemaProblem {
  const path = pointerToPath(error.instancePath);
  const params = error.params as Readonly<Record<string, unknown>>;
  if (error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties') {
    const name = String(params['additionalProperty'] ?? params['unevaluatedProperty']);
    return { path: `${path}.${name}`, message: `unknown parameter '${name}'` };
  }
  if (error.keyword === 'required')
    return { path: `${path}.${String(params['missingProperty'])}`, message: 'is required' };
  if (error.keyword === 'enum') {
    const allowed = (params['allowedValues'] as unknown[]).map((value) => JSON.stringify(value)).join(', ');
    return { path, message: `must be one of ${allowed}` };
  }
  return { path, message: error.message ?? `does not satisfy ${error.keyword}` };
}

/** `/rates/1/name` → `.rates[1].name` */
function pointerToPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('');
}
