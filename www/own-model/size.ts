/** Sizes of files in words. */

export function fileSize(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${megabytes(bytes)} MB`;
}

/** "1.2 of 5.0 MB", or as much as there is where the whole is not known. */
export function sizeSoFar(loaded: number, total: number | undefined): string {
  return total ? `${megabytes(loaded)} of ${megabytes(total)} MB` : fileSize(loaded);
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
