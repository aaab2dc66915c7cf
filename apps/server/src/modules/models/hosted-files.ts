import type { AppError } from '../../lib/errors.ts'
import type { HomeServer } from './open-url.ts'

/** A file as its pointer of Git LFS names it. */
export type PointedFile = { sha256: string; size: number }

/** Where a file of Git LFS is read on another server. */
export type HostedFile = {
  url: string
  /** What the server states for this file alone. */
  headers: Record<string, string>
  home: HomeServer
}

/** The files of Git LFS of one repository on another server. */
export type HostedFiles = {
  /**
   * Finds files that the server has for this repository, by their digests. The server decides this: a repository has only the files
   * that were sent for it. Null if Git LFS is turned off there. Throws what asking the server throws.
   */
  locate: (wanted: readonly PointedFile[]) => Promise<ReadonlyMap<string, HostedFile> | null>
  /** The error where files would be left behind because Git LFS is turned off on the server. */
  turnedOff: () => AppError
}

/** The files of the server in which the code of an algorithm is kept. Null if the platform keeps it itself. */
export type HostedFilesOf = (algorithmId: string) => Promise<HostedFiles | null>

/** The model files that the server can be asked for. It needs the size, which the manifest may not state. Pure. */
export const pointedFiles = (
  models: readonly { sha256: string; size?: number | undefined; source: string }[],
): PointedFile[] =>
  models.flatMap(({ sha256, size, source }) =>
    source === 'store' && size !== undefined ? [{ sha256, size }] : [],
  )
