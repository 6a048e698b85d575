import { expect, it } from 'vitest';
import { type ServiceEvent, ServiceEvents } from './events.js';
import { createLogger, silentLogger } from './logger.js';

const STARTED: ServiceEvent = { type: 'session.started', session: 's' };

it('tells every listener until it unsubscribes', () => {
  const events = new ServiceEvents(silentLogger());
  const seen: ServiceEvent[] = [];
  const unsubscribe = events.subscribe((event) => seen.push(event));
  events.emit(STARTED);
  unsubscribe();
  events.emit(STARTED);
  expect(seen).toEqual([STARTED]);
});

it('goes on when a listener throws, and logs it', () => {
  const written: string[] = [];
  const log = createLogger({ level: 'info', format: 'text', writer: { write: (text) => written.push(text) } });
  const events = new ServiceEvents(log);
  const seen: ServiceEvent[] = [];
  events.subscribe(() => {
    throw new Error('broken listener');
  });
  events.subscribe((event) => seen.push(event));
  events.emit(STARTED);
  expect(seen).toEqual([STARTED]);
  expect(written.join('')).toContain('broken listener');
});
