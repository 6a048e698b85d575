// Chooses the engine: Whisper where everything it needs is there, PocketSphinx otherwise.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {Record<string, unknown> & { nodes: { id: string, node_type: string, params?: Record<string, unknown> }[] }} Manifest
 *
 * @typedef {object} Engine
 * @property {'whisper' | 'pocketsphinx'} name
 * @property {string} why this one, in words
 * @property {Manifest} manifest
 * @property {string} input the node that takes the recording
 */

/**
 * @param {import('@remotemedia/server').Service} service
 * @param {Record<string, string>} params for WhisperNode, such as its language
 * @returns {Promise<Engine>}
 */
export async function chooseEngine(service, params) {
  const whisper = await readManifest('../manifest.json');
  for (const node of whisper.nodes) node.params = { ...node.params, ...params };
  const [lacking] = await service.findGaps(service.validate(whisper));
  if (lacking === undefined)
    return { name: 'whisper', why: 'its library and weights are here', manifest: whisper, input: 'recognition' };
  const gaps = lacking.gaps.map(({ what }) => what).join('; ');
  const why = `WhisperNode lacks what it needs: ${gaps} (remotemedia nodes info WhisperNode tells what to do)`;
  const manifest = await readManifest('../manifest.pocketsphinx.json');
  return { name: 'pocketsphinx', why, manifest, input: 'resample' };
}

/** @param {string} name @returns {Promise<Manifest>} */
async function readManifest(name) {
  return JSON.parse(await readFile(fileURLToPath(new URL(name, import.meta.url)), 'utf8'));
}
