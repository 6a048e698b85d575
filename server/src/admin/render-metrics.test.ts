import type { ServiceStatus } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { renderMetrics } from './render-metrics.js';

const STATUS: ServiceStatus = {
  service: {
    pid: 1,
    version: '0.1.0',
    address: '127.0.0.1:1',
    started_at: '2026-01-01T00:00:00.000Z',
    uptime_secs: 12.5,
    state: 'draining',
    instance: '0123abcd',
    interpreter: null,
    node_types: 3,
    rescues: 0,
    cpu_secs: 1.25,
    memory_bytes: null,
  },
  totals: { sessions_started: 4, sessions_failed: 1, processes_started: 9, processes_crashed: 2, processes_killed: 0 },
  use: {
    sessions: { used: 1, limit: 100 },
    processes: { used: 1, limit: null },
    file_descriptors: { used: 30, limit: 1024 },
    shm_bytes: null,
  },
  sessions: [
    {
      id: 'sess_1',
      name: 'a "name"',
      state: 'executing',
      age_secs: 3,
      nodes: [
        {
          id: 'echo',
          type: 'Odd"Type\\',
          kind: 'python',
          pid: 7,
          state: 'ready',
          cpu_secs: 0.5,
          memory_bytes: 4096,
          items_in: 5,
          items_out: 5,
        },
      ],
      connections: [
        {
          from: '',
          to: 'echo',
          depth: 2,
          sent: 7,
          received: 5,
          dropped: 0,
          bytes_in_flight: 80,
          full_episodes: 1,
          latency: { p50_ms: 1, p99_ms: 2.5, max_ms: 10 },
        },
      ],
      shm_bytes: 8192,
    },
  ],
};

describe('renderMetrics', () => {
  const lines = renderMetrics(STATUS).split('\n');

  it('writes nothing but what the text format allows, each family once and before its samples', () => {
    const label = '[a-z_]+="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
    const sample = new RegExp(
      `^(remotemedia_[a-z_]+)(?:\\{${label}(?:,${label})*\\})? -?\\d+(?:\\.\\d+)?(?:e-?\\d+)?$`,
    );
    const families: string[] = [];
    expect(lines.at(-1)).toBe('');
    for (const line of lines.slice(0, -1)) {
      const type = /^# TYPE (remotemedia_[a-z_]+) (counter|gauge)$/.exec(line);
      if (type !== null) families.push(type[1] ?? '');
      else if (!/^# HELP remotemedia_[a-z_]+ \S.*$/.test(line)) expect(sample.exec(line)?.[1]).toBe(families.at(-1));
    }
    expect(families.length).toBeGreaterThan(20);
    expect(new Set(families).size).toBe(families.length);
  });

  it('has the figures in seconds and bytes, by session, node and connection', () => {
    for (const line of [
      'remotemedia_draining 1',
      'remotemedia_processes_crashed_total 2',
      'remotemedia_shm_bytes{session="sess_1"} 8192',
      'remotemedia_node_cpu_seconds_total{session="sess_1",node="echo",type="Odd\\"Type\\\\",kind="python"} 0.5',
      'remotemedia_connection_depth{session="sess_1",from="",to="echo"} 2',
      'remotemedia_connection_latency_seconds{session="sess_1",from="",to="echo",quantile="0.99"} 0.0025',
    ]) {
      expect(lines).toContain(line);
    }
  });

  it('leaves out what this machine does not tell', () => {
    expect(lines.filter((line) => line.includes('remotemedia_memory_bytes'))).toEqual([]);
  });
});
