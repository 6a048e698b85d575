import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMIT_ROWS } from './rows/limit-rows.js';
import { testRows } from './test-rows.js';

testRows(LIMIT_ROWS, async (folder) => {
  await mkdir(join(folder, 'media'));
  for (const name of ['media/heard.wav', 'elsewhere.wav']) await writeFile(join(folder, name), silence());
});

/** A WAV file of ten samples. */
function silence(): Buffer {
  const file = Buffer.alloc(64);
  file.write('RIFF', 0);
  file.writeUInt32LE(56, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(16_000, 24);
  file.writeUInt32LE(32_000, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(20, 40);
  return file;
}
