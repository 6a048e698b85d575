import { RemoteMediaError } from '@remotemedia/contract';
import { expect, test } from 'vitest';
import { EXIT } from './exit-codes.js';
import { renderError } from './render-error.js';
import { UsageError } from './usage-error.js';

test('a failed node is shown with its traceback, its stderr and what to do', () => {
  const error = new RemoteMediaError('process.init_failed', "Node 'asr' failed: ValueError: no model", {
    nodeId: 'asr',
    hint: 'Download the model first.',
    details: { traceback: 'Traceback …\nValueError: no model\n', stderr: ['loading', 'oops'] },
  });
  expect(renderError(error).text).toBe(
    [
      "error: Node 'asr' failed: ValueError: no model",
      '  traceback:',
      '    Traceback …',
      '    ValueError: no model',
      '  last lines of stderr:',
      '    loading',
      '    oops',
      '  fix: Download the model first.',
      '  code: process.init_failed',
    ].join('\n'),
  );
});

test('the node is named where the message does not name it', () => {
  const error = new RemoteMediaError('node.failed', 'KeyError: 3', { nodeId: 'tts', hint: null });
  expect(renderError(error).text).toContain('error: node tts: KeyError: 3');
});

test('every problem of a manifest has a line with its path, and equal hints are given once', () => {
  const problem = (path: string) => ({
    path,
    message: 'Unknown node type',
    code: 'manifest.unknown_node_type' as const,
    hint: 'Look again.',
    nodeId: null,
  });
  const error = new RemoteMediaError(
    'manifest.unknown_node_type',
    'Manifest validation error: Unknown node type (nodes[0].node_type); Unknown node type (nodes[4].node_type)',
    {
      details: { problems: [problem('nodes[0].node_type'), problem('nodes[4].node_type')] },
    },
  );
  const { text, exitCode } = renderError(error);
  expect(text.match(/Unknown node type/g)).toHaveLength(2);
  expect(text).toContain('error: Manifest validation error: 2 problems\n');
  expect(text).toContain('  nodes[4].node_type: Unknown node type');
  expect(text.match(/fix:/g)).toHaveLength(1);
  expect(exitCode).toBe(EXIT.manifestInvalid);
});

test('a mistake in the command line is not called a bug', () => {
  expect(renderError(new UsageError('--port: expected a number', 'see --help'))).toMatchObject({
    exitCode: EXIT.usage,
    text: 'error: --port: expected a number\n  fix: see --help',
  });
});

test('an unexpected exception is called a bug and shows where it came from', () => {
  const { text, exitCode, json } = renderError(new TypeError('x is undefined'));
  expect(text).toContain('this is a bug in remotemedia');
  expect(text).toContain('render-error.test');
  expect(exitCode).toBe(EXIT.internal);
  expect(json['code']).toBe('internal');
});

test('JSON has the keys of the wire at every depth', () => {
  const causedBy = { code: 'process.crashed' as const, nodeId: 'asr', message: 'gone' };
  const error = new RemoteMediaError('node.failed', 'x', { nodeId: 'tts', details: { exitCode: 3, causedBy } });
  expect(renderError(error).json).toMatchObject({
    node_id: 'tts',
    details: { exit_code: 3, caused_by: { code: 'process.crashed', node_id: 'asr', message: 'gone' } },
  });
});
