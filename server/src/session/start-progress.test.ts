import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type InitProgress, StartProgress } from './start-progress.js';

let told: InitProgress[];
let progress: StartProgress;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  progress = new StartProgress((each) => told.push(each));
});

afterEach(() => {
  progress.stop();
  vi.useRealTimers();
});

const loading = (message: string) => ({ status: 'loading_model' as const, fraction: null, message });

it('tells of a silent node at least once a second, and of one that speaks no more than it must', () => {
  progress.begin('mute', () => loading('busy'));
  progress.begin('talks', () => loading('silent'));
  for (let step = 0; step < 4; step += 1) {
    progress.take('talks', loading('speaks'));
    vi.advanceTimersByTime(500);
  }
  expect(told.filter(({ nodeId }) => nodeId === 'mute')).toHaveLength(4);
  expect(told.filter(({ nodeId }) => nodeId === 'talks').map(({ message }) => message)).toEqual(
    Array.from({ length: 4 }, () => 'speaks'),
  );
});

it('tells a flood in part, and its newest state at the next look after it', () => {
  progress.begin('floods', () => loading('where it is now'));
  for (let step = 0; step < 1000; step += 1) progress.take('floods', loading(`step ${step}`));
  expect(told).toHaveLength(50);
  vi.advanceTimersByTime(1000);
  expect(told.at(-1)?.message).toBe('where it is now');
});

it('tells once that a node is ready, and nothing after the end of the start', () => {
  progress.begin('a', () => loading('busy'));
  progress.finish('a', 'ready', '');
  progress.finish('a', 'error', 'too late');
  progress.take('a', loading('too late'));
  expect(told).toMatchObject([{ nodeId: 'a', status: 'ready', fraction: 1 }]);
  progress.begin('b', () => loading('busy'));
  progress.stop();
  progress.begin('c', () => loading('late'));
  vi.advanceTimersByTime(5000);
  expect(told).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});
