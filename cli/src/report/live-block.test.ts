import { expect, test } from 'vitest';
import { fakeTerminal } from '../testing/fake-terminal.js';
import { bar, LiveBlock } from './live-block.js';

test('a block is drawn over the one before it', () => {
  const { written, terminal } = fakeTerminal();
  const block = new LiveBlock(terminal.stderr);
  block.draw(['a', 'b']);
  block.draw(['c']);
  block.clear();
  const drawings = ['\u001b[Ka\n\u001b[Kb\n\u001b[J', '\u001b[2A\r\u001b[Kc\n\u001b[J', '\u001b[1A\r\u001b[J'];
  expect(written.stderr).toBe(drawings.join(''));
});

test('a line is cut before it would wrap', () => {
  const { written, terminal } = fakeTerminal({ columns: 30 });
  new LiveBlock(terminal.stderr).draw(['x'.repeat(100)]);
  expect(written.stderr.match(/x/g)).toHaveLength(29);
});

test('a bar is full only at the end, and takes any number', () => {
  expect(bar(1)).toMatch(/^█{24} 100%$/);
  expect(bar(0.999)).toMatch(/^█{23}░ {2}99%$/);
  expect(bar(-1)).toMatch(/^░{24} {3}0%$/);
  expect(bar(null)).not.toContain('%');
});
