import { expect, it } from 'vitest';
import { StartPhase } from './start-phase.js';

function startPhase() {
  let nowMs = 1000;
  const phase = new StartPhase(() => nowMs);
  return { phase, pass: (ms: number) => (nowMs += ms) };
}

const line = (status: 'starting' | 'loading_model', message = '', fraction: number | null = null) => ({
  type: 'progress' as const,
  status,
  fraction,
  message,
});

it('names what a start is doing and for how long, before and after the process says so', () => {
  const { phase, pass } = startPhase();
  expect(phase.report).toEqual({ status: 'starting', fraction: null, message: 'starting interpreter' });
  pass(2500);
  expect(phase.report.message).toBe('starting interpreter for 2 s');
  phase.take(line('starting', 'importing module asr'));
  pass(999);
  expect(phase.report.message).toBe('importing module asr');
  pass(1);
  expect(phase.describe()).toBe('last progress: importing module asr for 1 s');
  phase.take(line('loading_model'));
  pass(4000);
  expect(phase.report).toEqual({ status: 'loading_model', fraction: null, message: 'initialize() running for 4 s' });
});

it('keeps the step that a node named, and counts from the beginning of initialize()', () => {
  const { phase, pass } = startPhase();
  phase.take(line('loading_model'));
  pass(3000);
  phase.take(line('loading_model', 'step 1 of 2', 0.5));
  pass(1000);
  const message = 'step 1 of 2 (initialize() running for 4 s)';
  expect(phase.report).toEqual({ status: 'loading_model', fraction: 0.5, message });
  expect(phase.describe()).toBe(`last progress: 50 %, ${message}`);
});
