import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createLogger, type ServiceOptions } from '@remotemedia/server';
import { expect } from 'vitest';
import { WireClient } from '../harness/client.js';
import { audioOf, chainOf } from '../harness/messages.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';

/** What no service should ever log. */
const ALARM = /Internal error|panicked|Unhandled|MaxListenersExceeded|DeprecationWarning/;
/** Garbage of the test itself is in it, and what the engine has compiled meanwhile. */
const HEAP_GROWTH_BYTES = 64 * 1024 * 1024;
/** Sockets of clients that are about to close. */
const DESCRIPTOR_GROWTH = 4;

/** A service whose descriptors, memory, log, sessions and processes are as before when a test is over. */
export class WatchedService {
  readonly running: TestService;
  readonly #alarms: string[];
  readonly #heapBytes: number;
  readonly #descriptors: number;

  private constructor(running: TestService, alarms: string[]) {
    this.running = running;
    this.#alarms = alarms;
    this.#heapBytes = heapBytes();
    this.#descriptors = descriptors();
  }

  static async start(
    config: Readonly<Record<string, unknown>> = {},
    options: Partial<ServiceOptions> = {},
  ): Promise<WatchedService> {
    const alarms: string[] = [];
    const writer = {
      write: (text: string) => {
        if (ALARM.test(text)) alarms.push(text);
      },
    };
    const logger = createLogger({ level: 'warn', format: 'text', writer });
    const running = await startTestService(config, { ...options, logger });
    process.on('warning', (warning) => alarms.push(`${warning.name}: ${warning.message}`));
    await runGoodPipeline(running.address);
    return new WatchedService(running, alarms);
  }

  get address(): string {
    return this.running.address;
  }

  /** Checks that all is well, and ends the service. */
  async close(): Promise<void> {
    await this.#sessionsGone();
    await runGoodPipeline(this.running.address);
    expect(this.#alarms.slice(0, 5)).toEqual([]);
    expect(await leftovers(this.running)).toEqual(NOTHING_LEFT);
    expect(descriptors() - this.#descriptors).toBeLessThanOrEqual(DESCRIPTOR_GROWTH);
    // Events are kept by the harness, one by one.
    this.running.events.length = 0;
    expect(heapBytes() - this.#heapBytes).toBeLessThan(HEAP_GROWTH_BYTES);
    await this.running.close();
  }

  /** A client that goes does not wait for its session to end; this does. */
  async #sessionsGone(): Promise<void> {
    const { service, events } = this.running;
    for (const session of service.sessions) {
      if (events.some((event) => event.type === 'session.ended' && event.session === session)) continue;
      await this.running.event((event) => event.type === 'session.ended' && event.session === session);
    }
  }
}

/** A native and a Python node, and data through both. */
async function runGoodPipeline(address: string): Promise<void> {
  const client = new WireClient(address);
  const manifest = chainOf({ pass: 'PassThrough', echo: 'EchoNode' });
  const answer = await client.execute({ manifest, data_inputs: { pass: audioOf(160) } });
  expect(answer).toMatchObject({ status: 'SUCCESS' });
  client.close();
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
