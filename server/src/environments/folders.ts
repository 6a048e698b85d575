import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolder } from '../process/python-environment.js';

/** Names in the folder of environments: one folder for each node type, and what an installation has not finished. */

/** Between the type's name and the process that makes the environment. */
const PARTIAL = '.partial-';
const PARTIAL_NAME = /\.partial-(\d+)-[0-9a-f]+$/;

/** The folder of environments: what the settings say, or one in the user's data folder. */
export function environmentsFolder(configured: string | null, env: NodeJS.ProcessEnv): string {
  return configured ?? join(dataFolder(env), 'environments');
}

/** Whether a node type's name can be that of a folder. A type of any other name has no environment here. */
export function isFolderName(type: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(type) && type.length <= 200 && !type.includes(PARTIAL);
}

/** Node types that have a folder, whatever state it is in. */
export async function findTypes(folder: string): Promise<string[]> {
  return (await foldersIn(folder)).filter(isFolderName).sort();
}

/** A name that no other installation has, by which its owner can be found. */
export function partialPath(folder: string, type: string): string {
  return join(folder, `${type}${PARTIAL}${process.pid}-${randomBytes(4).toString('hex')}`);
}

/** What installations left behind whose processes are gone. */
export async function findAbandoned(folder: string): Promise<string[]> {
  const names = await foldersIn(folder);
  return names
    .filter((name) => {
      const pid = PARTIAL_NAME.exec(name)?.[1];
      return pid !== undefined && !isAlive(Number(pid));
    })
    .map((name) => join(folder, name));
}

/** Removes what no living installation owns; what cannot be removed yet is left to the next one. */
export async function removeAbandoned(folder: string): Promise<void> {
  await Promise.allSettled((await findAbandoned(folder)).map(removeFolder));
}

/** Removes a folder and all in it; one that is not there is no fault. */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

async function foldersIn(folder: string): Promise<string[]> {
  // There is none before the first installation.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and is another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
