// Reads every TypeScript import and says which ones go against the direction of the house, and which form a cycle.
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize, relative } from 'node:path';
import ts from 'typescript';

/**
 * One part of the house. `to` lists the parts it may import, besides itself.
 * @typedef {object} Part
 * @property {string} folder with a slash at the end
 * @property {string[]} to folders of other parts
 * @property {true} [browserSafe] imports nothing that a browser lacks
 */

/** The more specific folder comes first. @type {Part[]} */
export const HOUSE = [
  { folder: 'contract/src/', to: [], browserSafe: true },
  { folder: 'channel/node/src/', to: [] },
  { folder: 'server/src/observe/', to: ['contract/src/'] },
  { folder: 'server/src/nodes/', to: ['contract/src/', 'server/src/observe/'] },
  { folder: 'server/src/process/', to: ['contract/src/', 'server/src/observe/'] },
  { folder: 'server/src/environments/', to: ['server/src/process/', 'contract/src/', 'server/src/observe/'] },
  { folder: 'server/src/channel/', to: ['channel/node/src/', 'contract/src/', 'server/src/observe/'] },
  {
    folder: 'server/src/session/',
    to: ['server/src/nodes/', 'server/src/process/', 'server/src/channel/', 'contract/src/', 'server/src/observe/'],
  },
  { folder: 'server/src/access/', to: ['contract/src/', 'server/src/observe/'] },
  {
    folder: 'server/src/grpc/',
    to: ['server/src/session/', 'server/src/access/', 'contract/src/', 'server/src/observe/'],
  },
  {
    folder: 'server/src/admin/',
    to: ['channel/node/src/', 'contract/src/', 'server/src/session/', 'server/src/observe/'],
  },
  {
    folder: 'server/src/doctor/',
    to: ['channel/node/src/', 'contract/src/', 'server/src/process/', 'server/src/environments/', 'server/src/admin/'],
  },
  // The files directly in server/src put the parts together, so they see all of them; nothing below sees them.
  {
    folder: 'server/src/',
    to: ['access', 'admin', 'doctor', 'grpc', 'session', 'nodes', 'process', 'environments', 'channel', 'observe']
      .map((name) => `server/src/${name}/`)
      .concat('contract/src/', 'channel/node/src/'),
  },
  { folder: 'client/src/', to: ['contract/src/'] },
  { folder: 'cli/src/', to: ['contract/src/', 'client/src/', 'server/src/'] },
];

/** @type {Record<string, string>} */
const PACKAGE_ENTRIES = {
  '@remotemedia/contract': 'contract/src/index.ts',
  '@remotemedia/channel': 'channel/node/src/index.ts',
  '@remotemedia/server': 'server/src/index.ts',
  '@remotemedia/client': 'client/src/index.ts',
  '@remotemedia/cli': 'cli/src/index.ts',
};

/**
 * Reads the sources below a root. Tests are left out: they may reach for whatever they test with.
 * @param {string} root
 * @returns {Map<string, string>} path relative to the root → text
 */
export function readSources(root) {
  const files = new Map();
  const tops = HOUSE.filter((part) => !HOUSE.some((other) => other !== part && part.folder.startsWith(other.folder)));
  for (const { folder } of tops) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true, recursive: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.endsWith('.test.ts')) continue;
      const path = join(entry.parentPath, entry.name);
      files.set(relative(root, path), readFileSync(path, 'utf8'));
    }
  }
  return files;
}

/**
 * @param {Map<string, string>} files path → text
 * @returns {string[]} problems, each one line; empty when all is well
 */
export function importProblems(files) {
  /** @type {string[]} */
  const problems = [];
  /** @type {Map<string, string[]>} */
  const graph = new Map();
  for (const [path, text] of files) {
    /** @type {string[]} */
    const targets = [];
    const erased = typeOnlyImports(path, text);
    for (const { fileName: name } of ts.preProcessFile(text, true, true).importedFiles) {
      const target = resolveImport(path, name);
      if (target === null) problems.push(...outsideProblem(path, name));
      else {
        problems.push(...directionProblem(path, name, target));
        if (!erased.has(name)) targets.push(target);
      }
    }
    graph.set(path, targets);
  }
  return [...problems, ...cycles(graph).map((cycle) => `import cycle: ${cycle.join(' → ')}`)];
}

/**
 * Names that a file imports for their types alone. Those imports do not exist at run time: they can go against a
 * direction, but they cannot make a cycle.
 * @param {string} path
 * @param {string} text
 */
function typeOnlyImports(path, text) {
  const erased = new Set();
  const kept = new Set();
  for (const statement of ts.createSourceFile(path, text, ts.ScriptTarget.Latest).statements) {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
    const { moduleSpecifier } = statement;
    if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) continue;
    const isTypeOnly = ts.isExportDeclaration(statement)
      ? statement.isTypeOnly
      : statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
    (isTypeOnly ? erased : kept).add(moduleSpecifier.text);
  }
  for (const name of kept) erased.delete(name);
  return erased;
}

/**
 * The file that an import means, or null when it is not one of ours.
 * @param {string} from
 * @param {string} name
 */
function resolveImport(from, name) {
  if (name.startsWith('.')) return normalize(join(dirname(from), name)).replace(/\.js$/, '.ts');
  const packageName = name.split('/').slice(0, 2).join('/');
  const entry = PACKAGE_ENTRIES[packageName];
  if (entry === undefined) return null;
  return name === packageName ? entry : `${name.replace(packageName, dirname(entry))}.ts`;
}

/** @param {string} path */
const partOf = (path) => HOUSE.find((part) => path.startsWith(part.folder));

/**
 * @param {string} path
 * @param {string} name
 * @param {string} target
 */
function directionProblem(path, name, target) {
  const part = partOf(path);
  const targetPart = partOf(target);
  if (part === undefined || part === targetPart) return [];
  if (targetPart === undefined) return [`${path}: imports ${name}, which lies outside every package's src`];
  if (!part.to.includes(targetPart.folder)) {
    return [`${path}: ${part.folder} may not import ${targetPart.folder} (${name})`];
  }
  if (name.startsWith('.') && packageOf(part.folder) !== packageOf(targetPart.folder)) {
    return [`${path}: reaches into another package by path (${name}); import it by its name`];
  }
  return [];
}

/** @param {string} folder */
const packageOf = (folder) => folder.slice(0, folder.indexOf('src/'));

/**
 * @param {string} path
 * @param {string} name
 */
function outsideProblem(path, name) {
  if (partOf(path)?.browserSafe !== true || !isBuiltin(name)) return [];
  return [`${path}: ${partOf(path)?.folder} also runs in a browser, which has no ${name}`];
}

/**
 * One cycle per group of files that import each other, as a path that ends where it began.
 * @param {Map<string, string[]>} graph
 */
function cycles(graph) {
  /** @type {string[][]} */
  const found = [];
  /** @type {Map<string, 'open' | 'closed'>} */
  const state = new Map();
  /** @type {string[]} */
  const trail = [];
  /** @param {string} file */
  const visit = (file) => {
    state.set(file, 'open');
    trail.push(file);
    for (const next of graph.get(file) ?? []) {
      if (state.get(next) === 'open') found.push([...trail.slice(trail.indexOf(next)), next]);
      else if (state.get(next) === undefined && graph.has(next)) visit(next);
    }
    trail.pop();
    state.set(file, 'closed');
  };
  for (const file of graph.keys()) if (state.get(file) === undefined) visit(file);
  return found;
}
