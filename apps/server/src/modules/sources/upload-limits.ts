/** What an upload of code may be at most. Bytes are real ones, counted while they pass; no header is believed. */
export type UploadLimits = {
  /** Of the request's body. */
  uploadBytes: number
  /** Of all files after unpacking. */
  unpackedBytes: number
  /** Files that are kept. */
  files: number
  /** Entries of an archive or parts of a form, those that are dropped (`node_modules`, `.git`) included. */
  entries: number
  /** Unpacked bytes for one packed byte, once `ratioFreeBytes` are unpacked. */
  ratio: number
  ratioFreeBytes: number
  /** Length of a path, as UTF-8. */
  pathBytes: number
  /** Folders in a path. */
  pathDepth: number
}

const MiB = 1024 ** 2

/** The limits where no setting says otherwise. */
export const defaultUploadLimits: UploadLimits = {
  uploadBytes: 2048 * MiB,
  unpackedBytes: 4096 * MiB,
  files: 30_000,
  entries: 300_000,
  ratio: 100,
  ratioFreeBytes: 10 * MiB,
  pathBytes: 1000,
  pathDepth: 40,
}
