import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const COMMAND = fileURLToPath(new URL('../../cli/bin/remotemedia.mjs', import.meta.url));

interface ListedNode {
  readonly type: string;
  readonly gaps: readonly { readonly what: string }[];
}

let listed: Promise<readonly ListedNode[]> | null = null;

/** What these node types lack on this machine, for the reason of a skipped test; empty: they are ready. */
export async function gapsOf(...types: readonly string[]): Promise<string> {
  listed ??= listNodes();
  const nodes = await listed;
  return types
    .flatMap((type) => {
      const node = nodes.find((each) => each.type === type);
      if (node === undefined) throw new Error(`there is no node type ${type}`);
      return node.gaps.map(({ what }) => `${type}: ${what}`);
    })
    .join('; ');
}

async function listNodes(): Promise<readonly ListedNode[]> {
  const { stdout } = await run(process.execPath, [COMMAND, 'nodes', 'list', '--json'], { maxBuffer: 16 * 2 ** 20 });
  return (JSON.parse(stdout) as { nodes: ListedNode[] }).nodes;
}
