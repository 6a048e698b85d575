import { expect, test } from 'vitest';
import { dataFolder, pythonEnvironment } from './python-environment.js';

test('nodes fetch nothing, whatever the environment of the service says', () => {
  const env = {
    REMOTEMEDIA_ALLOW_DOWNLOADS: '1',
    HF_HUB_OFFLINE: '0',
    REMOTEMEDIA_MODELS: '/elsewhere',
    HOME: '/home/a',
  };
  const told = pythonEnvironment(env);
  expect(told).not.toHaveProperty('REMOTEMEDIA_ALLOW_DOWNLOADS');
  expect(told).toMatchObject({
    HF_HUB_OFFLINE: '1',
    TRANSFORMERS_OFFLINE: '1',
    HF_HUB_DISABLE_TELEMETRY: '1',
    REMOTEMEDIA_MODELS: '/home/a/.local/share/remotemedia/models',
  });
});

test('with leave they may, and look into every folder', () => {
  const told = pythonEnvironment({ HF_HUB_OFFLINE: '1' }, null, { paths: ['/a', '/b'], allowDownloads: true });
  expect(told).toMatchObject({ REMOTEMEDIA_ALLOW_DOWNLOADS: '1', REMOTEMEDIA_MODELS: '/a:/b', HF_HUB_OFFLINE: '1' });
});

test('tokens stay with the service', () => {
  const told = pythonEnvironment({ REMOTEMEDIA_TOKEN: 'a', TOKENS: 'b', PATH: '/bin' }, 'TOKENS');
  expect(Object.keys(told)).not.toContain('REMOTEMEDIA_TOKEN');
  expect(Object.keys(told)).not.toContain('TOKENS');
  expect(told).toMatchObject({ PATH: '/bin', PYTHONUNBUFFERED: '1' });
});

test("the user's data folder is where the XDG specification has it", () => {
  expect(dataFolder({ XDG_DATA_HOME: '/data', HOME: '/home/a' })).toBe('/data/remotemedia');
  expect(dataFolder({ XDG_DATA_HOME: 'data', HOME: '/home/a' })).toBe('/home/a/.local/share/remotemedia');
});
