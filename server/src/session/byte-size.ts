const MEBIBYTE = 1024 * 1024;

/** A size for people: `640 MiB`, `0.3 MiB`. */
export function byteSize(bytes: number): string {
  const size = bytes / MEBIBYTE;
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} MiB`;
}
