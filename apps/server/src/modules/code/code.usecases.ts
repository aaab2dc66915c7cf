import type { Readable } from 'node:stream'
import type { CommitInfo } from '../../adapters/code-host/code-host.ts'
import { requireAlgorithm, type AlgorithmsDeps } from '../algorithms/algorithms.deps.ts'
import { pathNotFound, refNotFound } from '../algorithms/algorithms.errors.ts'
import { numbersOfCommits, readPath } from '../algorithms/algorithms.usecases.ts'
import { notText } from './code.errors.ts'

/** What reading the history of code needs. */
export type CodeDeps = Pick<AlgorithmsDeps, 'algorithms' | 'codeHost' | 'recogniser'>

/** A commit, with the number of the version that it is. */
export type NumberedCommit = CommitInfo & { version: number | null }

/** Lines in one answer about who wrote them. */
const blamedLines = 1_000
/** The earlier versions of a file that are compared to find who wrote its lines, in bytes together: git reads about 100 MB a second. */
const comparedBytes = 16 * 1024 ** 2
const [fewestCompared, mostCompared] = [30, 1_000]
/** Branches, and tags, in one answer. */
const mostRefs = 100

/** The commit of a branch, tag or commit. Throws `algorithm.not_found` and `algorithm.ref_not_found`. */
async function commitOf(deps: CodeDeps, algorithmId: string, ref: string): Promise<string> {
  await requireAlgorithm(deps, algorithmId)
  const commit = await deps.codeHost.resolve(algorithmId, ref)
  if (!commit) throw refNotFound({ algorithm_id: algorithmId, ref })
  return commit
}

async function numbered(
  deps: CodeDeps,
  algorithmId: string,
  commits: readonly CommitInfo[],
): Promise<NumberedCommit[]> {
  const ids = commits.map(({ commit }) => commit)
  const numbers = await numbersOfCommits(deps, algorithmId, ids)
  return commits.map((one) => ({ ...one, version: numbers.get(one.commit) ?? null }))
}

/** A page of the history of a ref. A path without any commit never existed: throws `algorithm.path_not_found`. */
export async function browseHistory(
  deps: CodeDeps,
  input: { id: string; ref: string; path: string; page: number; pageSize: number },
): Promise<{ commit: string; items: NumberedCommit[]; hasMore: boolean }> {
  const { id, path, page, pageSize } = input
  const commit = await commitOf(deps, id, input.ref)
  const skip = (page - 1) * pageSize
  const found = await deps.codeHost.history(id, { commit, path, skip, limit: pageSize + 1 })
  if (found.length === 0 && page === 1) throw pathNotFound({ algorithm_id: id, path })
  const items = await numbered(deps, id, found.slice(0, pageSize))
  return { commit, items, hasMore: found.length > pageSize }
}

async function describeCommit(deps: CodeDeps, id: string, commit: string): Promise<NumberedCommit> {
  const found = await deps.codeHost.history(id, { commit, path: null, skip: 0, limit: 1 })
  const [one] = await numbered(deps, id, found)
  if (!one) throw refNotFound({ algorithm_id: id, ref: commit })
  return one
}

/** The differences between two refs. Without `from`, those that `to` made: against its first parent, or an empty tree. */
export async function compareRefs(
  deps: CodeDeps,
  input: { id: string; from: string | undefined; to: string; path: string },
) {
  const { id, path } = input
  const wanted = input.from === undefined ? [input.to] : [input.to, input.from]
  const [end = '', given] = await Promise.all(wanted.map((ref) => commitOf(deps, id, ref)))
  const told = describeCommit(deps, id, end)
  const start = given ?? (await told).parents[0] ?? null
  const [to, from, compared] = await Promise.all([
    told,
    start === null ? null : describeCommit(deps, id, start),
    deps.codeHost.compare(id, { from: start, to: end, path }),
  ])
  return { from, to, ...compared }
}

/**
 * Who wrote the lines of a text file last. `all`: however many commits have changed it, which can take long. Throws `code.not_text`, and
 * `algorithm.path_not_found` for lines after its end.
 */
export async function blameFile(
  deps: CodeDeps,
  input: { id: string; ref: string; path: string; page: number; all: boolean },
) {
  const { id, path, page, all } = input
  const commit = await commitOf(deps, id, input.ref)
  const file = await readPath(deps, { algorithmId: id, ref: commit, path })
  if (file.type === 'folder') throw pathNotFound({ algorithm_id: id, path })
  if (file.content === null) throw notText({ path })
  const lineCount = file.content === '' ? 0 : file.content.replace(/\n$/, '').split('\n').length
  const from = (page - 1) * blamedLines + 1
  if (from > Math.max(1, lineCount)) throw pathNotFound({ algorithm_id: id, path: `${path}:${from}` })
  if (lineCount === 0) return { lines: [], commits: [], hasMore: false }
  const count = Math.min(blamedLines, lineCount - from + 1)
  const fits = Math.floor(comparedBytes / file.content.length)
  const back = all ? null : Math.min(mostCompared, Math.max(fewestCompared, fits))
  const { lines, commits } = await deps.codeHost.blame(id, { commit, path, from, count, back })
  return { lines, commits: await numbered(deps, id, commits), hasMore: from + count <= lineCount }
}

/** Branches and tags of an algorithm's code. `hasMore`: there are more than these. */
export async function listRefs(deps: CodeDeps, { id, q }: { id: string; q: string }) {
  const { repository } = await requireAlgorithm(deps, id)
  const { branches, tags } = await deps.codeHost.refs(id, { q, limit: mostRefs })
  const hasMore = branches.hasMore || tags.hasMore
  return { followed: repository?.branch ?? 'main', branches: branches.items, tags: tags.items, hasMore }
}

/** All files of a ref as an archive, with a name for it. */
export async function openCodeArchive(
  deps: CodeDeps,
  { id, ref, format }: { id: string; ref: string; format: 'zip' | 'tar.gz' },
): Promise<{ name: string; content: Readable }> {
  const commit = await commitOf(deps, id, ref)
  const number = (await numbersOfCommits(deps, id, [commit])).get(commit)
  const folder = `${id}-${number === undefined ? commit.slice(0, 12) : `v${number}`}`
  const content = await deps.codeHost.archive(id, { commit, format, folder })
  return { name: `${folder}.${format}`, content }
}
