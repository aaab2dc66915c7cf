/** Limits for an upload of code. Bytes are counted as they pass; sizes in headers are not trusted. */
export type UploadLimits = {
  /** Bytes of the request's body. */
  uploadBytes: number
  /** Bytes of all files after unpacking. */
  unpackedBytes: number
  /** Number of files that are kept. */
  files: number
  /**
   * Number of entries in an archive or parts in a form, including those that are left out (`node_modules`,
   * `.git`). Also the number of folders that their paths name.
   */
  entries: number
  /** Unpacked bytes for each packed byte, after the first `ratioFreeBytes`. */
  ratio: number
  ratioFreeBytes: number
  /** Length of a path in bytes of UTF-8. */
  pathBytes: number
  /** Number of folders in a path. */
  pathDepth: number
}

/** The unit of the settings. */
export const mebibyte = 1024 ** 2

/** The default limits. */
export const defaultUploadLimits: UploadLimits = {
  uploadBytes: 2048 * mebibyte,
  unpackedBytes: 4096 * mebibyte,
  files: 30_000,
  entries: 300_000,
  ratio: 100,
  ratioFreeBytes: 10 * mebibyte,
  pathBytes: 1000,
  pathDepth: 40,
}

/** How much an upload may unpack to now. */
export const unpackedBytesNow = (current: { number: (key: 'uploads.unpacked_max_mb') => number }): number =>
  current.number('uploads.unpacked_max_mb') * mebibyte
