import { describe, expect, it } from 'vitest';
import { DescriptorBudget, descriptorsOf, descriptorsOfChild } from './budget.js';
import { buildGraph, type Graph } from './graph.js';

/** A chain of so many Python nodes that each may get input from outside. */
function chain(length: number, kind: 'python' | 'native' = 'python'): Graph {
  const ids = Array.from({ length }, (_, index) => `n${index}`);
  const nodes = ids.map((id) => ({ id, nodeType: 'T', params: {} }));
  const connections = ids.slice(1).map((to, index) => ({ from: `n${index}`, to }));
  return buildGraph({ nodes, connections } as unknown as Parameters<typeof buildGraph>[0], () => kind, null);
}

describe('descriptorsOf', () => {
  it('counts what a session is made of', () => {
    // 6 + 4 connections of the service × 12 + 2 others × 4 + 3 processes × 3
    expect(descriptorsOf(chain(3))).toBe(71);
    // Two files.
    expect(descriptorsOf(chain(2, 'native'))).toBe(2);
    expect(descriptorsOfChild(chain(2, 'native'))).toBe(0);
  });

  it('finds the process that needs most', () => {
    // The one in the middle: 32 + 3 connections × 12
    expect(descriptorsOfChild(chain(3))).toBe(68);
  });
});

describe('DescriptorBudget', () => {
  it('promises no more than there is, and takes back what is given back, once', () => {
    let open = 20;
    const budget = new DescriptorBudget({ limit: 256, open: () => open });
    const first = budget.take(chain(3));
    const second = budget.take(chain(3));
    expect(() => budget.take(chain(3))).toThrow(
      expect.objectContaining({
        code: 'limit.file_descriptors',
        details: { asked: 20 + 3 * 71 + 40, allowed: 256, setting: 'ulimit -n' },
      }),
    );
    first();
    first();
    budget.take(chain(3));
    expect(() => budget.take(chain(3))).toThrow(/162 are in use or promised/);
    second();
    open = 190;
    expect(() => budget.take(chain(3))).toThrow(/190 are in use or promised/);
  });

  it('lets in as many connections as there is room for beside the sessions', () => {
    let open = 20;
    const budget = new DescriptorBudget({ limit: 140, open: () => open });
    const visit = () => {
      open += 1;
      const leave = budget.connect();
      if (leave === null) open -= 1;
      return leave;
    };
    // 20 are open anyway and 40 in reserve, so one session of 71 leaves room for 9.
    const give = budget.take(chain(3));
    const visits = Array.from({ length: 12 }, visit);
    expect(visits.filter((leave) => leave !== null)).toHaveLength(9);
    visits[0]?.();
    open -= 1;
    expect(visit()).not.toBeNull();
    expect(visit()).toBeNull();
    give();
    expect(visit()).not.toBeNull();
    expect(() => budget.take(chain(3))).toThrow(expect.objectContaining({ code: 'limit.file_descriptors' }));
  });

  it('thinks of the processes too, which inherit the limit', () => {
    const budget = new DescriptorBudget({ limit: 67, open: () => -1000 });
    budget.take(chain(1));
    expect(() => budget.take(chain(3))).toThrow(/A process of the session may need 68/);
  });

  it('refuses nothing where the limit is not known', () => {
    const budget = new DescriptorBudget({ limit: null, open: () => 1e9 });
    budget.take(chain(100))();
  });
});
