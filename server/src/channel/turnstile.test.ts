import { describe, expect, it } from 'vitest';
import { Turnstile } from './turnstile.js';

describe('Turnstile', () => {
  it('lets callers through one by one, in the order of their calls', async () => {
    const turnstile = new Turnstile();
    const order: number[] = [];
    const enter = (id: number) =>
      turnstile.enter(async () => {
        await turnstile.wait();
        order.push(id);
      });
    const [first, second] = [enter(1), enter(2)];
    expect(turnstile.isFree).toBe(false);
    turnstile.wake();
    await first;
    expect(turnstile.isWaiting).toBe(true);
    turnstile.wake();
    await second;
    expect(order).toEqual([1, 2]);
    expect(turnstile.isFree).toBe(true);
  });

  it('turns away who waits, who stands behind, and who comes later', async () => {
    const turnstile = new Turnstile();
    const waiting = [turnstile.enter(() => turnstile.wait()), turnstile.enter(() => turnstile.wait())];
    const reason = new Error('over');
    turnstile.close(reason);
    turnstile.close(new Error('later'));
    for (const caller of waiting) await expect(caller).rejects.toBe(reason);
    expect(() => turnstile.throwIfClosed()).toThrow(reason);
  });

  it('takes a wake-up that nobody waits for in its stride', () => {
    new Turnstile().wake();
  });
});
