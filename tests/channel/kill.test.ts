/** Whatever is killed, whenever: nothing stays on the machine after the next start, and no orphan stays alive. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Instance } from '@remotemedia/channel';
import { expect, it } from 'vitest';
import { isRunning, type KillPlan, type KillReport, killRound, tracesOf, type Victims } from './kill-round.js';
import { seededRandom, seedOf } from './random.js';

const ROUNDS = 200;
const AT_ONCE = 2;
const VICTIMS: readonly Victims[] = [['service'], ['peer'], ['service', 'peer'], ['peer', 'service']];
/** Before, during and after every step of the start, and amid messages. */
const WINDOWS: readonly { readonly from: KillPlan['from']; readonly lengthMs: number }[] = [
  { from: 'spawn', lengthMs: 300 },
  { from: 'instance', lengthMs: 100 },
  { from: 'exchanging', lengthMs: 60 },
];
const GAP_MS = 12;

function drawPlan(random: () => number): KillPlan {
  const draw = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const { from, lengthMs } = draw(WINDOWS);
  return { victims: draw(VICTIMS), from, delayMs: random() * lengthMs, gapMs: random() * GAP_MS };
}

/** One round at one place: the kill, the deaths, the next start. */
async function check(base: string, plan: KillPlan): Promise<KillReport & { swept: number }> {
  const report = await killRound(base, plan);
  const { instanceId, peerPid, service, stderr } = report;
  expect(peerPid !== null && isRunning(peerPid)).toBe(false);
  expect(stderr).toBe('');

  const folders = tracesOf(base, []);
  const ids = new Set(instanceId === null ? folders : [...folders, instanceId]);
  if (service.signal === null) {
    // It outlived its peer and had the time to clean up by itself.
    expect(service).toEqual({ code: 0, signal: null });
    expect(tracesOf(base, ids)).toEqual([]);
  }
  const next = await Instance.open(base);
  expect(next.swept).toBe(folders.length);
  expect(tracesOf(base, ids)).toEqual([next.id]);
  await next.close();
  expect(existsSync(base)).toBe(false);
  return { ...report, swept: next.swept };
}

it('200 kills at random moments leave nothing after the next start', { timeout: 180_000 }, async () => {
  const random = seededRandom(seedOf('200 kills'));
  const plans = Array.from({ length: ROUNDS }, () => drawPlan(random));
  const reached = new Map<string, number>();
  let swept = 0;
  const queue = plans.entries();
  const started = performance.now();
  const lane = async (): Promise<void> => {
    const base = mkdtempSync(join(tmpdir(), 'rm-kill-'));
    try {
      for (const [round, plan] of queue) {
        const report = await check(base, plan).catch((error: unknown) => {
          throw new Error(`round ${round}, ${JSON.stringify(plan)}`, { cause: error });
        });
        const key = `${report.reached}, killed ${plan.victims.join(' then ')}`;
        swept += report.swept;
        reached.set(key, (reached.get(key) ?? 0) + 1);
      }
    } finally {
      rmSync(base, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));

  const lines = [...reached].sort().map(([key, count]) => `  ${String(count).padStart(3)} ${key}`);
  console.log(
    `${ROUNDS} rounds in ${Math.round((performance.now() - started) / 1000)} s, ${swept} left something to sweep; the last step before the kill:\n${lines.join('\n')}`,
  );
  // Without leftovers in some rounds the test would prove nothing.
  expect(swept).toBeGreaterThan(0);
  expect([...reached.values()].reduce((sum, count) => sum + count, 0)).toBe(ROUNDS);
});
