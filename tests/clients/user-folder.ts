import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const run = promisify(execFile);

/** A folder outside the repository with the packages that npm has put there, as a user of the client has one. */
export class UserFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<UserFolder> {
    const path = await mkdtemp(join(tmpdir(), 'rm-user-'));
    await mkdir(join(path, 'node_modules/@remotemedia'), { recursive: true });
    await symlink(here('../../client'), join(path, 'node_modules/@remotemedia/client'));
    await symlink(here('../../node_modules/@grpc'), join(path, 'node_modules/@grpc'));
    return new UserFolder(path);
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    await writeFile(join(this.path, name), content);
  }

  /** Runs a file of the folder with Node to its end; rejects when that is not a good one. */
  async run(name: string, ...args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    const { stdout, stderr } = await run(process.execPath, [name, ...args], { cwd: this.path });
    return { stdout, stderr };
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
