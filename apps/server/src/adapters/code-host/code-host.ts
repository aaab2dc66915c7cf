import type { Readable } from 'node:stream'
import type { Fetched, FetchInput, GitRemote } from './git-remote.ts'

/** A file or folder at a commit. */
export type TreeEntry = { name: string; type: 'file' | 'folder'; size: number }

/**
 * A file that differs between two commits. `patch` is a unified diff; null if the file is binary or the patch
 * too long.
 */
export type ChangedFile = { path: string; change: 'added' | 'removed' | 'changed'; patch: string | null }

/** The differences between two commits. `cut` means that more files differ than are listed. */
export type ComparedCommits = { files: ChangedFile[]; cut: boolean }

/**
 * Stores the code of algorithms. Each algorithm has one repository here, named by its id. For an algorithm whose code is kept in
 * a Gitea server it is a copy, which `fetch` and `push` bring together with the other: so code is read, compared and deployed in
 * the same way, and also while the server does not answer.
 */
export type CodeHost = {
  /**
   * Replaces the whole tree of the followed branch, `main` at first, by the contents of a folder. Creates the repository if it
   * does not exist. Returns the commit, even if nothing changed.
   */
  commitFolder(input: {
    algorithmId: string
    folder: string
    message: string
    author: { name: string; email: string }
  }): Promise<{ commit: string; changed: boolean }>
  /** Resolves a branch, tag or (abbreviated) commit to a full commit id; null if it does not exist. */
  resolve(algorithmId: string, ref: string): Promise<string | null>
  /** All files of a commit, with their paths from its root. Throws `code_host.too_large`. */
  files(algorithmId: string, commit: string): Promise<{ path: string; size: number }[]>
  /** Writes the tree of a commit into an empty folder, without `.git`. Throws `code_host.too_large`. */
  checkout(input: {
    algorithmId: string
    commit: string
    folder: string
    signal?: AbortSignal
  }): Promise<void>
  /** Returns a folder's entries or a file's size; null if there is nothing at the path. */
  stat(
    algorithmId: string,
    commit: string,
    path: string,
  ): Promise<{ type: 'folder'; entries: TreeEntry[] } | { type: 'file'; size: number } | null>
  /** Returns the bytes of a file. */
  read(algorithmId: string, commit: string, path: string): Promise<Readable>
  /**
   * Returns the differences between two commits. The number of files and the length of each patch are
   * limited.
   */
  compare(algorithmId: string, commits: { from: string; to: string }): Promise<ComparedCommits>
  /**
   * Fetches the branches and tags of another repository into that of an algorithm, which is created if it does not exist, and
   * follows `branch` from then on. Throws `code_host.branch_not_found` and what the remote says.
   */
  fetch(input: FetchInput & { algorithmId: string }): Promise<Fetched>
  /** Writes the newest commit of a branch of another repository into an empty folder. Keeps nothing. Throws as `fetch` does. */
  peek(input: FetchInput & { folder: string }): Promise<void>
  /** The newest commit of a branch that was fetched. Throws `code_host.branch_not_found`. */
  newest(algorithmId: string, branch: string): Promise<{ commit: string; subject: string }>
  /** Keeps a commit, also if the other repository forgets it: something was made of it. */
  pin(algorithmId: string, commit: string): Promise<void>
  /** Sends the followed branch to another repository, or all branches and tags. Says whether anything was new. Throws what the remote says. */
  push(input: { algorithmId: string; remote: GitRemote; isAll: boolean }): Promise<{ changed: boolean }>
  /** The bytes that repositories take on the disk, by algorithm. Those without a repository are left out. */
  sizes(algorithmIds: readonly string[]): Promise<Map<string, number>>
  deleteRepository(algorithmId: string): Promise<void>
  /** Returns the address to clone from, as seen from outside. `origin` is the public origin. */
  cloneUrl(algorithmId: string, origin: string): string
}
