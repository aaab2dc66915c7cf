import type { Readable } from 'node:stream'
import type { Repository } from './git-command.ts'
import type { PushInput } from './git-push.ts'
import type { Relation } from './git-relation.ts'
import type { Fetched, FetchInput, GitRemote, Newest } from './git-remote.ts'

/** A file or folder at a commit. */
export type TreeEntry = { name: string; type: 'file' | 'folder'; size: number }

/**
 * A file that differs between two commits. `patch` is a unified diff; null if the file is binary or the patch too long. The
 * numbers of lines are null if the lines were not compared.
 */
export type ChangedFile = {
  path: string
  change: 'added' | 'removed' | 'changed'
  patch: string | null
  added: number | null
  removed: number | null
  isBinary: boolean
}

/** A commit. `message` is the whole of it. */
export type CommitRecord = { commit: string; author: string; committedAt: Date; message: string }

/** The differences between two commits. `cut` means that more files differ than are listed. */
export type ComparedCommits = { files: ChangedFile[]; cut: boolean }

/** A commit in a history. `subject` is the first line of its message, cut if it is very long. */
export type CommitInfo = {
  commit: string
  parents: string[]
  author: string
  email: string
  at: Date
  subject: string
}

/**
 * Lines of a file that one commit wrote last, beginning with `line`, counted from 1. `older` means that the commit
 * contains the lines, but an earlier commit may have written them, because earlier ones were not read.
 */
export type BlamedLines = { line: number; count: number; commit: string; older: boolean }

/** A branch or a tag, with its commit. Without a subject and a time, it was not read. */
export type NamedRef = { name: string; commit: string; subject: string; at: Date | null }

/** Branches or tags. `hasMore`: there are others. */
export type FoundRefs = { items: NamedRef[]; hasMore: boolean }

/** A change of some files of a commit. */
export type DraftInput = {
  algorithmId: string
  /** The commit that is changed. */
  base: string
  /** A folder whose files are added, or replace those of the same path. All others stay as they are. */
  folder: string
  /** Whether a file that is replaced keeps its mode. Otherwise the folder gives it. */
  keepsModes: boolean
  /** The folder of the commit that is changed; all of it if absent. */
  within?: string
  /** Paths of files that are removed. */
  removed: readonly string[]
  message: string
  author: { name: string; email: string }
}

/** Files of a folder that become a part of a repository: over a commit, or in place of one of its folders. */
export type AttributesInput = {
  /** The folder with the files. */
  folder: string
  /** All of its files. */
  paths: readonly string[]
  /** The commit that has the other files. Null if there are none. */
  base: string | null
  /** The folder of the repository into which they come; its top if absent. */
  within?: string
  /** Whether they take the place of all that is in it. */
  replaces: boolean
}

/** A repository for a push to a name that no algorithm has. It has no name until it is kept. */
export type Incoming = {
  repository: Repository
  /** Makes it the repository of an algorithm that does not have one yet. */
  keepAs: (algorithmId: string) => Promise<void>
  /** Removes it, unless it was kept. */
  discard: () => Promise<void>
}

/**
 * Stores the code of algorithms. Each algorithm has one repository here, named by its id. For an algorithm whose code
 * is in a Gitea server it is a copy, which `fetch` and `push` synchronise. So code is read, compared and deployed in
 * the same way, even while the server does not answer.
 */
export type CodeHost = {
  /** The repository of an algorithm, for git's own protocol. It may not exist. */
  repository(algorithmId: string): Repository
  /**
   * Replaces the whole tree of the followed branch, `main` at first, by the contents of a folder. Creates the repository if it
   * does not exist. Returns the commit, even if nothing changed. With `within`, only that folder of the tree is replaced.
   */
  commitFolder(input: {
    algorithmId: string
    folder: string
    within?: string
    message: string
    author: { name: string; email: string }
  }): Promise<{ commit: string; changed: boolean }>
  /**
   * Resolves a branch, tag or (abbreviated) commit to a full commit id; null if it does not exist. A branch comes before a tag. Throws
   * `code_host.ref_ambiguous` where the name is also the beginning of another commit's id.
   */
  resolve(algorithmId: string, ref: string): Promise<string | null>
  /**
   * All files of a commit or of one folder of it, with their paths from there. Throws `code_host.too_large` and
   * `code_host.folder_not_found`.
   */
  files(algorithmId: string, commit: string, within?: string): Promise<{ path: string; size: number }[]>
  /**
   * Writes the tree of a commit, or of one folder of it, into an empty folder, without `.git`. Throws
   * `code_host.too_large` and `code_host.folder_not_found`. `mostBytes` bounds the total size of the files, if that is
   * less than the limit of the host.
   */
  checkout(input: {
    algorithmId: string
    commit: string
    within?: string
    folder: string
    mostBytes?: number
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
  /** Which of these contents are in some file of the repository, in any commit. Empty if there is no repository. */
  heldContents(algorithmId: string, contents: readonly string[]): Promise<ReadonlySet<string>>
  /**
   * The contents of all files of the repository, in any commit, that begin with a text and have at most this many
   * bytes.
   */
  contentsBeginning(
    algorithmId: string,
    wanted: { beginning: string; longest: number },
  ): Promise<readonly string[]>
  /** The files of a folder that belong to Git LFS according to the repository's `.gitattributes`, once they are a part of it. */
  lfsPaths(algorithmId: string, input: AttributesInput): Promise<string[]>
  /**
   * Returns the differences between two commits. The number of files and the length of each patch are
   * limited. Without `from`, every file is added.
   * `path` is a file or a folder; all files if absent.
   */
  compare(
    algorithmId: string,
    commits: { from: string | null; to: string; path?: string | undefined },
  ): Promise<ComparedCommits>
  /**
   * A part of the history of a commit, newest first: of the code of the algorithm, or of the file or folder at `path`.
   * With null, the whole repository is meant, so the first entry is the commit itself. Throws `code_host.slow`.
   */
  history(
    algorithmId: string,
    input: { commit: string; path: string | null; skip: number; limit: number },
  ): Promise<CommitInfo[]>
  /**
   * Which commits wrote the lines of a text file last. The number of lines is limited. Only the newest `back` commits
   * that changed the file are read, or all of them if `back` is null. Throws `code_host.slow`.
   */
  blame(
    algorithmId: string,
    input: { commit: string; path: string; from: number; count: number; back: number | null },
  ): Promise<{ lines: BlamedLines[]; commits: CommitInfo[] }>
  /**
   * Branches and tags, the last changed first, at most `limit` of each; `q` is a part of their names. Where their commits are too large to
   * read, the order is that of the names, and only some are read.
   */
  refs(
    algorithmId: string,
    input: { q: string; limit: number },
  ): Promise<{ branches: FoundRefs; tags: FoundRefs }>
  /**
   * Streams all files of a commit, or of one folder of it, as an archive, in a folder of this name. Throws `code_host.too_large`, and
   * `code_host.name_unsafe` for a zip that some machine would unpack outside of that folder.
   */
  archive(
    algorithmId: string,
    input: { commit: string; within?: string; format: 'zip' | 'tar.gz'; folder: string },
  ): Promise<Readable>
  /**
   * Makes a commit of a change on top of another commit, without moving a branch. It is forgotten unless {@link CodeHost.advance}
   * is called. Returns its base if nothing differs.
   */
  draft(input: DraftInput): Promise<string>
  /** Moves the followed branch from one commit to its child. Throws `code_host.branch_moved` if it is not at `from`. */
  advance(input: { algorithmId: string; from: string; to: string }): Promise<void>
  /**
   * The commits that lead to a commit and not to an earlier one, newest first, at most `most`; of those that changed `path`, if it is
   * given. Without an earlier one, all of its history.
   */
  commits(
    algorithmId: string,
    range: { from: string | null; to: string; most: number; path?: string },
  ): Promise<CommitRecord[]>
  /**
   * Fetches the branches and tags of another repository into that of an algorithm, which is created if it does not
   * exist, and follows `branch` from then on. Throws `code_host.branch_not_found` and the errors of the remote.
   */
  fetch(input: FetchInput & { algorithmId: string }): Promise<Fetched>
  /**
   * Writes the newest commit of a branch of another repository, or a tag, or one folder of it, into an empty folder. Keeps nothing.
   * Throws as `fetch` does.
   */
  peek(input: FetchInput & { folder: string; tag?: string; within?: string }): Promise<void>
  /** The newest commit of a branch that was fetched. Throws `code_host.branch_not_found`. */
  newest(algorithmId: string, branch: string): Promise<Newest>
  /** The commit of a tag that was fetched. Throws `code_host.tag_not_found`. */
  tagged(algorithmId: string, tag: string): Promise<{ commit: string; subject: string }>
  /** Keeps a commit even if the other repository forgets it, because a version was made from it. */
  pin(algorithmId: string, commit: string): Promise<void>
  /**
   * Sends the followed branch to another repository, at its present commit or at `commit`, or all branches and tags.
   * Resolves with whether anything was new. A push that is too large for one request is sent in parts, and an
   * interrupted push continues. Throws the errors of the remote, and `code_host.file_refused`.
   */
  push(input: PushInput & { algorithmId: string }): Promise<{ changed: boolean }>
  /** Compares another repository with that of an algorithm. Nothing is changed. Throws the errors of the remote. */
  relation(input: { algorithmId: string; remote: GitRemote }): Promise<Relation>
  /** Call it after a push. It prepares the repository for reading its history. */
  pushed(algorithmId: string): Promise<void>
  /**
   * The files that the `.gitignore` files of a folder name. The folder is not in a repository yet. A folder that is
   * ignored as a whole ends with `/`. Null if this takes too long.
   */
  ignoredIn(folder: string): Promise<string[] | null>
  /** The bytes that repositories take on the disk, by algorithm. Those without a repository are left out. */
  sizes(algorithmIds: readonly string[]): Promise<Map<string, number>>
  /**
   * Creates an empty repository that belongs to no algorithm yet. If the platform ends before it is kept, it is removed
   * at the next start.
   */
  incoming(): Promise<Incoming>
  /** Removes such repositories that have not changed since a time. */
  removeUnnamed(before: Date): Promise<void>
  /** The algorithms that have a repository here, whether or not they exist. */
  names(): Promise<string[]>
  deleteRepository(algorithmId: string): Promise<void>
  /** Returns the address to clone from, as seen from outside. `origin` is the public origin. */
  cloneUrl(algorithmId: string, origin: string): string
}
