import { parseDocument } from 'yaml';
import { RemoteMediaError } from '../errors/error.js';

/** Reading YAML takes time, and meanwhile nothing else runs. */
const YAML_LIMIT = 1024 * 1024;
const ALIAS_LIMIT = 100;

/**
 * The value in a JSON or YAML text.
 *
 * JSON is tried first, as most YAML readers take JSON but with other rules for numbers and duplicate keys.
 *
 * @throws RemoteMediaError `manifest.invalid` with the place of the syntax error.
 */
export function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return parseYaml(text, error);
  }
}

function parseYaml(text: string, jsonError: unknown): unknown {
  // Text that begins as JSON was meant as JSON: the reader wants to hear about that.
  const meantAsJson = /^\s*[{[]/.test(text);
  if (text.length > YAML_LIMIT) {
    throw meantAsJson
      ? syntaxError('JSON', jsonError, null)
      : syntaxError(
          'YAML',
          `it has ${text.length} characters, more than ${YAML_LIMIT}`,
          'Write large manifests as JSON.',
        );
  }
  try {
    const document = parseDocument(text, { prettyErrors: true, logLevel: 'silent', stringKeys: true });
    const [fault] = document.errors;
    if (fault !== undefined) {
      throw fault;
    }
    // Each alias may stand for much more than its own length.
    return document.toJS({ maxAliasCount: ALIAS_LIMIT });
  } catch (yamlError) {
    if (!meantAsJson) {
      throw syntaxError('YAML', yamlError, null);
    }
    const hasComments = /(^|\s)\/\/|\/\*/.test(text);
    throw syntaxError('JSON', jsonError, hasComments ? 'JSON has no comments: leave them out, or write YAML.' : null);
  }
}

function syntaxError(language: string, cause: unknown, hint: string | null): RemoteMediaError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const [firstLine = ''] = text.split('\n');
  return new RemoteMediaError('manifest.invalid', `Manifest validation error: Not valid ${language}: ${firstLine}`, {
    cause,
    ...(hint === null ? {} : { hint }),
  });
}
