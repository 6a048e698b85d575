import { Composer, type CST, type Document, isScalar, Lexer, LineCounter, Parser, visit } from 'yaml';
import { RemoteMediaError } from '../errors/error.js';
import { DEPTH_LIMIT } from './json-data.js';
import type { ValueBudget } from './value-budget.js';

/** Characters of YAML. Reading it takes time (seconds for the worst megabyte), and meanwhile nothing else runs. */
const YAML_LIMIT = 1024 * 1024;
/** The same for a text that a client sent. */
export const REQUEST_YAML_LIMIT = 64 * 1024;
const ALIAS_LIMIT = 100;
/** Characters to one token of syntax, at least: text that is nothing but syntax takes many times as long to read. */
const CHARACTERS_PER_TOKEN = 4;
/** A level of data can be two levels of syntax. */
const YAML_DEPTH_LIMIT = 2 * DEPTH_LIMIT;

/**
 * The value in a JSON or YAML text.
 *
 * JSON is tried first, as most YAML readers take JSON but with other rules for numbers and duplicate keys.
 *
 * @throws RemoteMediaError `manifest.invalid` with the place of the syntax error, or when there is more in it than `values`
 *   has left.
 */
export function parseText(text: string, values: ValueBudget, yamlLimit = YAML_LIMIT): unknown {
  values.takeText(text);
  try {
    return JSON.parse(text);
  } catch (jsonError) {
    // Text that begins as JSON was meant as JSON: the reader wants to hear about that.
    const meantAsJson = /^\s*[{[]/.test(text);
    const hint = hintForJson(text);
    if (meantAsJson && hint !== null) {
      throw syntaxError('JSON', jsonError, hint);
    }
    try {
      return parseYaml(text, yamlLimit);
    } catch (yamlError) {
      throw meantAsJson ? syntaxError('JSON', jsonError, null) : syntaxError('YAML', yamlError, null);
    }
  }
}

function hintForJson(text: string): string | null {
  return /(^|\s)\/\/|\/\*/.test(text) ? 'JSON has no comments: leave them out, or write YAML.' : null;
}

function parseYaml(text: string, limit: number): unknown {
  if (text.length > limit) {
    throw new Error(`it has ${text.length} characters, more than ${limit}; write large manifests as JSON`);
  }
  const lines = new LineCounter();
  const [document, second] = composeDocuments(text, lines);
  if (document === undefined) {
    return null;
  }
  const [fault] = document.errors;
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    throw new Error(`${fault.message} at line ${line}, column ${col}`);
  }
  if (second !== undefined) {
    throw new Error('it holds more than one document');
  }
  refuseDuplicateKeys(document, lines);
  // Each alias may stand for much more than its own length.
  return document.toJS({ maxAliasCount: ALIAS_LIMIT });
}

/**
 * The composer calls itself for every level, and the regular expressions it uses abort the whole process where the
 * stack is nearly full. So depth is limited before it starts, while the parser (which keeps its own stack) reads on.
 */
function composeDocuments(text: string, lines: LineCounter): Document.Parsed[] {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const tokens: CST.Token[] = [];
  let tokensLeft = 1000 + text.length / CHARACTERS_PER_TOKEN;
  for (const lexeme of new Lexer().lex(text)) {
    tokensLeft--;
    if (tokensLeft < 0) {
      throw new Error('it has more syntax than data; write such a manifest as JSON');
    }
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > YAML_DEPTH_LIMIT) {
      throw new Error(`it is nested more than ${DEPTH_LIMIT} levels deep`);
    }
  }
  tokens.push(...parser.end());
  return [...new Composer({ logLevel: 'silent', stringKeys: true, uniqueKeys: false }).compose(tokens)];
}

/** The composer's own check compares every key with every other: seconds, for a few thousand. */
function refuseDuplicateKeys(document: Document.Parsed, lines: LineCounter): void {
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : key;
        if (seen.has(name)) {
          const { line, col } = lines.linePos(isScalar(key) ? (key.range?.[0] ?? 0) : 0);
          throw new Error(`Map keys must be unique at line ${line}, column ${col}`);
        }
        seen.add(name);
      }
    },
  });
}

function syntaxError(language: string, cause: unknown, hint: string | null): RemoteMediaError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const [firstLine = ''] = text.split('\n');
  return new RemoteMediaError('manifest.invalid', `Manifest validation error: Not valid ${language}: ${firstLine}`, {
    cause,
    ...(hint === null ? {} : { hint }),
  });
}
