import type { Readable } from 'node:stream'

/** A file or folder at a commit. */
export type TreeEntry = { name: string; type: 'file' | 'folder'; size: number }

/** A file that differs between two commits; `patch` is a unified diff, null where it is binary or too long. */
export type ChangedFile = { path: string; change: 'added' | 'removed' | 'changed'; patch: string | null }

/** What differs between two commits; `cut`: more files differ than are listed. */
export type ComparedCommits = { files: ChangedFile[]; cut: boolean }

/** Keeps the code of algorithms: built-in bare repositories, or Gitea. One repository an algorithm, named by its id. */
export type CodeHost = {
  readonly kind: 'builtin' | 'gitea'
  /**
   * Replaces the whole tree of the default branch by a folder's content, in a repository that is made where there is none;
   * returns the commit, also where nothing changed.
   */
  commitFolder(input: {
    algorithmId: string
    folder: string
    message: string
    author: { name: string; email: string }
  }): Promise<{ commit: string; changed: boolean }>
  /** A branch, tag or (abbreviated) commit as a full commit; null if there is no such thing. */
  resolve(algorithmId: string, ref: string): Promise<string | null>
  /** Writes the tree of a commit into an empty folder, without `.git`. */
  checkout(input: {
    algorithmId: string
    commit: string
    folder: string
    signal?: AbortSignal
  }): Promise<void>
  /** A folder's entries, a file's size, or null if there is nothing at the path. */
  stat(
    algorithmId: string,
    commit: string,
    path: string,
  ): Promise<{ type: 'folder'; entries: TreeEntry[] } | { type: 'file'; size: number } | null>
  /** A file's bytes. */
  read(algorithmId: string, commit: string, path: string): Promise<Readable>
  /** What differs between two commits, bounded in files and in the length of each patch. */
  compare(algorithmId: string, commits: { from: string; to: string }): Promise<ComparedCommits>
  deleteRepository(algorithmId: string): Promise<void>
  /** Address to clone from, as seen from outside; `origin` is the public one. */
  cloneUrl(algorithmId: string, origin: string): string
}
