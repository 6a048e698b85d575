import { allSettings } from '@remotemedia/contract';
import { expect, test } from 'vitest';
import { ACCESS_ROWS } from './rows/access-rows.js';
import { CODE_ROWS } from './rows/code-rows.js';
import { LIMIT_ROWS } from './rows/limit-rows.js';
import { SERVICE_ROWS } from './rows/service-rows.js';
import { SESSION_ROWS } from './rows/session-rows.js';

const ROWS = [...SESSION_ROWS, ...CODE_ROWS, ...LIMIT_ROWS, ...SERVICE_ROWS, ...ACCESS_ROWS];

test('every setting has a row, once', () => {
  expect(ROWS.map(({ setting }) => setting).sort()).toEqual(
    allSettings()
      .map(({ name }) => name)
      .sort(),
  );
});

test('every row has the layers where its setting may be set', () => {
  const inManifest = ROWS.filter((row) => row.inManifest !== null).map(({ setting }) => setting);
  const allowed = allSettings().filter(({ manifestKey }) => manifestKey !== null);
  expect(inManifest.sort()).toEqual(allowed.map(({ name }) => name).sort());
});

test('every row has another effect at each layer', () => {
  for (const { setting, byDefault, inFile, inManifest } of ROWS) {
    expect({ setting, effect: inFile[1] }).not.toEqual({ setting, effect: byDefault });
    if (inManifest !== null) expect({ setting, effect: inManifest[1] }).not.toEqual({ setting, effect: inFile[1] });
  }
});
