import { readFile } from 'node:fs/promises';
import { type Manifest, parseManifest } from '@remotemedia/contract';
import { fileError } from './media/input-file.js';

/** A manifest as it stands in its file, and as it is understood. */
export interface ManifestFile {
  /** JSON or YAML; the service reads it itself, so that both ends never disagree about it. */
  readonly text: string;
  readonly manifest: Manifest;
}

/** Reads a manifest; throws `manifest.invalid` with every problem that can be seen without the service's node types. */
export async function readManifest(path: string): Promise<ManifestFile> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError('read', path, error);
  });
  return { text, manifest: parseManifest(text) };
}
