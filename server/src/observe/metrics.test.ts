import { describe, expect, it } from 'vitest';
import { Metrics } from './metrics.js';

describe('Metrics', () => {
  it('gives the same counters to everyone who asks for a connection', () => {
    const metrics = new Metrics();
    metrics.connection({ session: 's', from: 'a', to: 'b' }).sent += 2;
    metrics.connection({ session: 's', from: 'a', to: 'b' }).sent += 1;
    metrics.connection({ session: 's', from: '', to: 'a' }).received += 1;
    expect(metrics.connectionsOf('s').map(({ from, to, sent, received }) => ({ from, to, sent, received }))).toEqual([
      { from: 'a', to: 'b', sent: 3, received: 0 },
      { from: '', to: 'a', sent: 0, received: 1 },
    ]);
  });

  it('forgets a session that is over', () => {
    const metrics = new Metrics();
    metrics.connection({ session: 's', from: 'a', to: 'b' });
    metrics.connection({ session: 't', from: 'a', to: 'b' });
    metrics.forgetSession('s');
    expect(metrics.snapshot().connections.map(({ session }) => session)).toEqual(['t']);
  });

  it('gives a snapshot that later counting does not change', () => {
    const metrics = new Metrics();
    const connection = metrics.connection({ session: 's', from: 'a', to: 'b' });
    connection.received += 2;
    metrics.processes.started += 1;
    const snapshot = metrics.snapshot();
    connection.received += 4;
    metrics.processes.started += 1;
    expect(snapshot.processes.started).toBe(1);
    expect(snapshot.connections[0]?.received).toBe(2);
  });
});
