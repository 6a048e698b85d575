// Looks for what a service may have left on the machine: processes and shared memory. Asks the kernel, not the service.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SHARED_MEMORY = '/dev/shm';

/** What belongs to one service and its session. */
export class Leftovers {
  #channel;
  /** @type {{ sessionId: string, nodeId: string, pid: number }[]} */
  #processes = [];

  /** @param {{ id: string, dir: string } | null} channel where the service has its shared memory */
  constructor(channel) {
    this.#channel = channel;
  }

  get pids() {
    return this.#processes.map(({ pid }) => pid);
  }

  /**
   * Takes note of running processes. Whatever is counted as left later must be found now, or finding none would prove
   * nothing.
   * @param {readonly { sessionId: string, nodeId: string, pid: number | null }[]} processes
   */
  remember(processes) {
    this.#processes = processes.flatMap(({ pid, ...rest }) => (pid === null ? [] : [{ ...rest, pid }]));
    const found = this.count();
    const missing = this.pids.filter((pid) => !found.processes.includes(pid));
    if (missing.length > 0) throw new Error(`the processes ${missing.join(', ')} run but cannot be found`);
    if (found.sharedMemory.length === 0) throw new Error('the session runs but its shared memory cannot be found');
  }

  /** What is there now: process ids, and files of shared memory. */
  count() {
    return { processes: this.#findProcesses(), sharedMemory: this.#findSharedMemory() };
  }

  /** Processes of the session, and whatever they started: each leads a process group. */
  #findProcesses() {
    if (!existsSync('/proc/self/stat')) return this.pids.filter(isRunning);
    const groups = new Set(this.pids);
    const sessions = new Set(this.#processes.map(({ sessionId }) => sessionId));
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => groups.has(groupOf(pid)) || argumentsOf(pid).some((argument) => sessions.has(argument)))
      .map(Number);
  }

  #findSharedMemory() {
    if (this.#channel === null) return [];
    const { id, dir } = this.#channel;
    const names = existsSync(SHARED_MEMORY) ? readdirSync(SHARED_MEMORY) : [];
    const segments = names.filter((name) => name.startsWith(`rm_${id}_`)).map((name) => join(SHARED_MEMORY, name));
    return existsSync(dir) ? [dir, ...segments] : segments;
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The process group; the name in the second field may hold spaces and parentheses. @param {string} pid */
function groupOf(pid) {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

/** @param {string} pid */
function argumentsOf(pid) {
  return readOrEmpty(`/proc/${pid}/cmdline`).split('\0');
}

/** Empty: the process has ended meanwhile. @param {string} path */
function readOrEmpty(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
