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
   * Those of some files that the server has for this repository, by their digests. The server decides that: a repository has only what
   * was sent for it. Null if it keeps no files of Git LFS at all. Throws what asking the server throws.
   */
  locate: (wanted: readonly PointedFile[]) => Promise<ReadonlyMap<string, HostedFile> | null>
  /** What is told where files would be left behind because the server keeps none. */
  turnedOff: () => AppError
}

/** The files of the server in which the code of an algorithm is kept. Null if the platform keeps it itself. */
export type HostedFilesOf = (algorithmId: string) => Promise<HostedFiles | null>

/** Those of some model files that can be asked for: of others nobody has stated the size. Pure. */
export const pointedFiles = (
  models: readonly { sha256: string; size?: number | undefined; source: string }[],
): PointedFile[] =>
  models.flatMap(({ sha256, size, source }) =>
    source === 'store' && size !== undefined ? [{ sha256, size }] : [],
  )
