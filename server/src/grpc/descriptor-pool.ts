import { DESCRIPTOR_FILES, type DescriptorFile } from '@remotemedia/contract';

/** The schemas of all services, as they were compiled: the bytes are never taken apart. */
export class DescriptorPool {
  readonly #files = new Map<string, DescriptorFile>();
  readonly #owners = new Map<string, DescriptorFile>();

  constructor(files: readonly DescriptorFile[] = DESCRIPTOR_FILES) {
    for (const file of files) {
      this.#files.set(file.name, file);
      for (const symbol of file.symbols) this.#owners.set(symbol, file);
    }
  }

  /** A file and all that it imports, imports first; null: there is no such file. */
  fileNamed(name: string): Uint8Array[] | null {
    const file = this.#files.get(name);
    return file === undefined ? null : this.#withImports(file);
  }

  /** The file that defines a service, method, message, field, enum or value, and all that it imports. */
  fileDefining(symbol: string): Uint8Array[] | null {
    const file = this.#owners.get(symbol);
    return file === undefined ? null : this.#withImports(file);
  }

  defines(symbol: string): boolean {
    return this.#owners.has(symbol);
  }

  #withImports(file: DescriptorFile): Uint8Array[] {
    const wanted = new Set<DescriptorFile>();
    const visit = (each: DescriptorFile): void => {
      for (const name of each.dependencies) {
        const imported = this.#files.get(name);
        if (imported !== undefined && !wanted.has(imported)) visit(imported);
      }
      wanted.add(each);
    };
    visit(file);
    return [...wanted].map(({ base64 }) => Buffer.from(base64, 'base64'));
  }
}
