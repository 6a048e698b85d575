import { describe, expect, test } from 'vitest';
import { isRemoteMediaError, type RemoteMediaError } from '../errors/error.js';
import { explainConfig } from './explain-config.js';
import { resolveConfig } from './resolve-config.js';
import { checkRuntimeToml, parseRuntimeToml } from './runtime-toml.js';
import { SETTING_NAMES } from './settings.js';

const GUIDE = `# runtime.toml (service root directory)
[multiprocess]
max_processes_per_session = 10
channel_capacity = 100
init_timeout_secs = 30
cleanup_grace_period_secs = 5
enable_backpressure = true
shm_segment_size = 268435456  # 256MB

[multiprocess.python]
executable = "python"
venv_path = ".venv"
extra_paths = ["./nodes"]
`;

function thrownBy(run: () => unknown): RemoteMediaError {
  try {
    run();
  } catch (error) {
    if (isRemoteMediaError(error)) {
      return error;
    }
    throw error;
  }
  throw new Error('nothing was thrown');
}

const problemsOf = (text: string): string[] =>
  (thrownBy(() => parseRuntimeToml(text)).details.problems ?? []).map(({ path, message }) => `${path}: ${message}`);

describe('runtime.toml', () => {
  test("the guide's file", () => {
    expect(parseRuntimeToml(GUIDE)).toEqual({
      multiprocess: {
        max_processes_per_session: 10,
        channel_capacity: 100,
        init_timeout_secs: 30,
        cleanup_grace_period_secs: 5,
        enable_backpressure: true,
        shm_segment_size: 268435456,
        python: { executable: 'python', venv_path: '.venv', extra_paths: ['./nodes'] },
      },
    });
  });

  test('nothing at all', () => {
    expect(parseRuntimeToml('')).toEqual({});
  });

  test.each([
    [
      'at the top',
      'channel_capacity = 7\npython_executable = "py"\nvenv_path = ".v"\nextra_paths = ["n"]\npython_modules = ["m"]',
    ],
    [
      'in [multiprocess]',
      '[multiprocess]\nchannel_capacity = 7\npython_executable = "py"\nvenv_path = ".v"\npython_extra_paths = ["n"]\npython_modules = ["m"]',
    ],
    [
      'in [python]',
      'channel_capacity = 7\n[python]\nexecutable = "py"\nvenv_path = ".v"\nextra_paths = ["n"]\nmodules = ["m"]',
    ],
  ])('the flat form %s is the same', (_, text) => {
    expect(parseRuntimeToml(text)).toEqual({
      multiprocess: {
        channel_capacity: 7,
        python: { executable: 'py', venv_path: '.v', extra_paths: ['n'], modules: ['m'] },
      },
    });
  });

  test.each([
    [
      'channel_capacity = 1\n[multiprocess]\nchannel_capacity = 1',
      'channel_capacity: Given twice, here and as multiprocess.channel_capacity',
    ],
    [
      'python_executable = "a"\n[multiprocess.python]\nexecutable = "a"',
      'python_executable: Given twice, here and as multiprocess.python.executable',
    ],
    ['venv_path = "a"\n[python]\nvenv_path = "a"', 'venv_path: Given twice, here and as multiprocess.python.venv_path'],
    [
      '[multiprocess]\nchanel_capacity = 5',
      "multiprocess.chanel_capacity: Unknown key 'chanel_capacity'; did you mean 'channel_capacity'?",
    ],
    ['[multiproces]\nchannel_capacity = 5', "multiproces: Unknown key 'multiproces'; did you mean 'multiprocess'?"],
    ['[multiprocess.python]\nvenv = "x"', "multiprocess.python.venv: Unknown key 'venv'; did you mean 'venv_path'?"],
    ['[limits]\nmax_session = 5', "limits.max_session: Unknown key 'max_session'; did you mean 'max_sessions'?"],
    ['[multiprocess]\nchannel_capacity = 0', 'multiprocess.channel_capacity: Must be at least 1, got 0'],
    ['[multiprocess]\nchannel_capacity = 10001', 'multiprocess.channel_capacity: Must be at most 10000, got 10001'],
    ['[multiprocess]\ninit_timeout_secs = 0', 'multiprocess.init_timeout_secs: Must be more than 0, got 0'],
    ['[multiprocess]\ninit_timeout_secs = 3600.5', 'multiprocess.init_timeout_secs: Must be at most 3600, got 3600.5'],
    ['[multiprocess]\ninit_timeout_secs = inf', 'multiprocess.init_timeout_secs: Must be a number, got Infinity'],
    [
      '[multiprocess]\ncleanup_grace_period_secs = -1',
      'multiprocess.cleanup_grace_period_secs: Must be at least 0, got -1',
    ],
    ['[multiprocess]\nenable_backpressure = 1', 'multiprocess.enable_backpressure: Must be true or false, got 1'],
    [
      '[multiprocess]\nshm_segment_size = "256MB"',
      'multiprocess.shm_segment_size: Must be a number, got the text "256MB"',
    ],
    ['multiprocess = 5', 'multiprocess: Must be an object, got 5'],
    ['python = 5', 'python: Must be an object, got 5'],
    ['chanel_capacity = 5', "chanel_capacity: Unknown key 'chanel_capacity'; did you mean 'channel_capacity'?"],
    ['max_sessions = 5', "max_sessions: Key 'max_sessions' belongs in [limits]"],
    [
      '[multiprocess]\nstall_timeout_secs = 5',
      "multiprocess.stall_timeout_secs: Key 'stall_timeout_secs' belongs in [service]",
    ],
    [
      '[service]\nstall_timeout = 5',
      "service.stall_timeout: Unknown key 'stall_timeout'; did you mean 'stall_timeout_secs'?",
    ],
    ['[service]\nstall_timeout_secs = 0', 'service.stall_timeout_secs: Must be more than 0, got 0'],
    [
      '[multiprocess.python]\nextra_paths = "./nodes"',
      'multiprocess.python.extra_paths: Must be a list, got the text "./nodes"',
    ],
    ['[limits]\nmax_message_bytes = 10', 'limits.max_message_bytes: Must be at least 1024, got 10'],
  ])('%j is refused', (text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  test('all problems come at once', () => {
    const error = thrownBy(() => parseRuntimeToml('a = 1\nchannel_capacity = 0\n[limits]\nb = 2'));
    expect(error.code).toBe('config.invalid');
    expect(error.details.problems).toHaveLength(3);
  });

  test('a syntax error says where', () => {
    const error = thrownBy(() => parseRuntimeToml('[multiprocess\n'));
    expect(error.code).toBe('config.invalid');
    expect(error.message).toContain('Not valid TOML');
  });

  test('an object in the place of a text is checked the same way', () => {
    expect(checkRuntimeToml({ channel_capacity: 3 })).toEqual({ multiprocess: { channel_capacity: 3 } });
  });
});

describe('layers', () => {
  test('defaults', () => {
    const config = resolveConfig({});
    expect(config).toMatchObject({
      maxProcessesPerSession: 10,
      channelCapacity: 100,
      initTimeoutMs: 30_000,
      cleanupGracePeriodMs: 5000,
      enableBackpressure: true,
      shmSegmentBytes: 268_435_456,
      processTimeoutMs: null,
      python: { executable: null, venvPath: null, extraPaths: [], modules: [], allowedExecutables: [] },
      native: { modules: [] },
      limits: { maxProcessesPerSession: 100, maxMessageBytes: 67_108_864, mediaRoots: [] },
    });
    expect(new Set(Object.values(config.layers))).toEqual(new Set(['default']));
  });

  test('manifest over runtime.toml over defaults, each value with its layer', () => {
    const toml = parseRuntimeToml('channel_capacity = 7\ninit_timeout_secs = 1.5\n[native]\nmodules = ["x"]');
    const config = resolveConfig({ toml, manifest: { channel_capacity: 9, enable_backpressure: false } });
    expect([config.channelCapacity, config.initTimeoutMs, config.enableBackpressure]).toEqual([9, 1500, false]);
    expect(config.layers).toMatchObject({
      'multiprocess.channel_capacity': 'manifest',
      'multiprocess.enable_backpressure': 'manifest',
      'multiprocess.init_timeout_secs': 'runtime.toml',
      'native.modules': 'runtime.toml',
      'multiprocess.shm_segment_size': 'default',
    });
  });

  test('false and 0 are values', () => {
    const toml = parseRuntimeToml('process_timeout_secs = 3\ncleanup_grace_period_secs = 4');
    const config = resolveConfig({ toml, manifest: { process_timeout_secs: 0, cleanup_grace_period_secs: 0 } });
    expect([config.processTimeoutMs, config.cleanupGracePeriodMs]).toEqual([null, 0]);
    expect(resolveConfig({ toml, manifest: { process_timeout_secs: null } }).processTimeoutMs).toBeNull();
    expect(resolveConfig({ toml }).processTimeoutMs).toBe(3000);
  });

  test('the result is frozen all the way down, the input is not', () => {
    const toml = parseRuntimeToml(GUIDE);
    const config = resolveConfig({ toml });
    expect(Object.isFrozen(config) && Object.isFrozen(config.python.extraPaths) && Object.isFrozen(config.limits)).toBe(
      true,
    );
    expect(Object.isFrozen(toml.multiprocess?.python?.extra_paths)).toBe(false);
  });

  test('explained with the names and units of the file', () => {
    const explained = explainConfig(resolveConfig({ toml: parseRuntimeToml('init_timeout_secs = 60') }));
    const found = (name: string) => explained.find((setting) => setting.name === name);
    expect(found('multiprocess.init_timeout_secs')).toMatchObject({
      value: 60,
      unit: 'seconds',
      layer: 'runtime.toml',
    });
    expect(found('limits.max_processes_per_session')).toMatchObject({ value: 100, layer: 'default' });
    expect(explained.map(({ name }) => name)).toEqual(SETTING_NAMES);
  });
});

describe('processes per session', () => {
  const toml = parseRuntimeToml('max_processes_per_session = 3\n[limits]\nmax_processes_per_session = 20');

  test('null means the cap, absent means the next layer', () => {
    expect(resolveConfig({ toml, manifest: { max_processes_per_session: null } }).maxProcessesPerSession).toBe(20);
    expect(resolveConfig({ toml, manifest: {} }).maxProcessesPerSession).toBe(3);
    expect(resolveConfig({ toml, manifest: { max_processes_per_session: 20 } }).maxProcessesPerSession).toBe(20);
  });

  test('more than the cap is refused with both numbers and the setting', () => {
    const error = thrownBy(() => resolveConfig({ toml, manifest: { max_processes_per_session: 21 } }));
    expect(error.code).toBe('limit.processes');
    expect(error.message).toBe(
      'max_processes_per_session is 21 (manifest), but limits.max_processes_per_session allows 20',
    );
    expect(error.details).toEqual({ asked: 21, allowed: 20, setting: 'limits.max_processes_per_session' });
  });

  test('the default follows a lower cap', () => {
    expect(resolveConfig({ toml: { limits: { max_processes_per_session: 4 } } }).maxProcessesPerSession).toBe(4);
  });
});

describe('shared memory of a connection', () => {
  const toml = parseRuntimeToml('shm_segment_size = 1000\n[limits]\nmax_shm_segment_size = 2000');

  test('more than the cap is refused with both numbers and the setting', () => {
    const error = thrownBy(() => resolveConfig({ toml, manifest: { shm_segment_size: 2001 } }));
    expect(error.code).toBe('limit.shared_memory');
    expect(error.details).toEqual({ asked: 2001, allowed: 2000, setting: 'limits.max_shm_segment_size' });
    expect(resolveConfig({ toml, manifest: { shm_segment_size: 2000 } }).shmSegmentBytes).toBe(2000);
  });

  test('the default follows a lower cap, and is explained so', () => {
    const config = resolveConfig({ toml: { limits: { max_shm_segment_size: 4096 } } });
    expect(config.shmSegmentBytes).toBe(4096);
    expect(config.values['multiprocess.shm_segment_size']).toBe(4096);
  });
});

describe('limits that may be absent', () => {
  test('0 is none', () => {
    const { limits, service } = resolveConfig({ toml: parseRuntimeToml('[service]\nmetrics_interval_secs = 0') });
    expect(limits).toMatchObject({ maxSharedMemoryBytes: null, maxExecutionMs: null, maxMemoryBytes: null });
    expect(service).toEqual({ stallTimeoutMs: 60_000, drainTimeoutMs: 30_000, metricsIntervalMs: null });
  });

  test('in the units of the system', () => {
    const { limits } = resolveConfig({
      toml: parseRuntimeToml('[limits]\nmax_shared_memory = 5\nmax_execution_secs = 1.5\nmax_memory_bytes = 7'),
    });
    expect(limits).toMatchObject({ maxSharedMemoryBytes: 5, maxExecutionMs: 1500, maxMemoryBytes: 7 });
  });
});

describe('the interpreter that a manifest names', () => {
  const toml = parseRuntimeToml(
    '[multiprocess.python]\nexecutable = "/opt/py/bin/python3"\nallowed_executables = ["/opt/pypy"]',
  );
  const withVenv = parseRuntimeToml(
    '[multiprocess.python]\nexecutable = "/opt/py"\nvenv_path = "/srv/.venv/"\nallowed_executables = ["/opt/pypy"]',
  );

  test.each(['python', 'python3', '/opt/py/bin/python3'])('%s is the configured one', (python_executable) => {
    const config = resolveConfig({ toml, manifest: { python_executable } });
    expect(config.python.executable).toBe('/opt/py/bin/python3');
    expect(config.layers['multiprocess.python.executable']).toBe('runtime.toml');
  });

  test('the one of the configured environment is the configured one', () => {
    const config = resolveConfig({ toml: withVenv, manifest: { python_executable: '/srv/.venv/bin/python' } });
    expect(config.python.venvPath).toBe('/srv/.venv/');
  });

  test('one that is allowed wins over the environment', () => {
    const config = resolveConfig({ toml: withVenv, manifest: { python_executable: '/opt/pypy' } });
    expect(config.python).toMatchObject({ executable: '/opt/pypy', venvPath: null });
    expect(config.layers['multiprocess.python.executable']).toBe('manifest');
  });

  test.each(['/opt//pypy', '/opt/./pypy', '/opt/x/../pypy', '../opt/pypy'])(
    '%s is another spelling of it',
    (python_executable) => {
      const config = resolveConfig({ toml: withVenv, manifest: { python_executable }, baseDirectory: '/srv' });
      expect(config.python.executable).toBe('/opt/pypy');
    },
  );

  test.each([
    '/srv/.venv/./bin/python3',
    '.venv/bin/python',
    './.venv/Scripts/python.exe',
    '.venv\\Scripts\\python.exe',
  ])('%s is the one of the configured environment', (python_executable) => {
    const config = resolveConfig({ toml: withVenv, manifest: { python_executable }, baseDirectory: '/srv' });
    expect(config.python.venvPath).toBe('/srv/.venv/');
  });

  test.each([
    ['/bin/sh', toml],
    ['pypy', withVenv],
    ['../pypy', withVenv],
    ['python2', toml],
    ['/opt/py', withVenv],
    ['/srv/.venv/../evil', withVenv],
    ['/usr/bin/python3', {}],
  ])('%s is refused', (python_executable, file) => {
    const error = thrownBy(() => resolveConfig({ toml: file, manifest: { python_executable } }));
    expect(error.code).toBe('manifest.invalid');
    expect(error.details.problems?.[0]?.path).toBe('metadata.multiprocess.python_executable');
    expect(error.hint).toContain('allowed_executables');
  });
});

describe('[multiprocess.nodes.TYPE]', () => {
  test('is resolved for each type, with what is not set filled in', () => {
    const text = '[multiprocess.nodes.A]\nvenv_path = "v"\n[multiprocess.nodes."b.c"]\nrequirements = ["x==1"]\n';
    const { nodes } = resolveConfig({ toml: parseRuntimeToml(text) });
    expect(nodes).toEqual({
      A: { pythonExecutable: null, venvPath: 'v', requirements: null },
      'b.c': { pythonExecutable: null, venvPath: null, requirements: ['x==1'] },
    });
    expect(Object.isFrozen(nodes['b.c']?.requirements)).toBe(true);
  });

  test('is explained with what is set', () => {
    const explained = explainConfig(
      resolveConfig({ toml: parseRuntimeToml('[multiprocess.nodes.A]\nvenv_path = "v"') }),
    );
    expect(explained.at(-1)).toMatchObject({
      name: 'multiprocess.nodes.A.venv_path',
      value: 'v',
      layer: 'runtime.toml',
    });
  });

  test.each([
    ['[multiprocess.nodes.A]\nvenv_pat = "v"', "Unknown key 'venv_pat'; did you mean 'venv_path'?"],
    ['[multiprocess.nodes]\nvenv_path = "v"', 'multiprocess.nodes.venv_path: Must be an object'],
    ['[multiprocess.node.A]\nvenv_path = "v"', "Unknown key 'node'; did you mean 'nodes'"],
    ['[multiprocess.nodes.A]\nrequirements = ["--index-url=x"]', 'Must be a requirement as pip takes it'],
    ['[multiprocess.nodes.A]\nrequirements = ["x\\n--index-url=x"]', 'Must be a requirement as pip takes it'],
  ])('%j is refused', (text, message) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining(message)]);
  });
});
