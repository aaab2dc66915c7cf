import { join } from 'node:path'
import type { Inspection } from '@vitrine/contract'
import type { Fetched, GitRemote } from '../../adapters/code-host/git-remote.ts'
import { requireReach } from '../../lib/require-access.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Language } from '../../lib/errors.ts'
import type { HostedFiles } from '../models/hosted-files.ts'
import { shownFindings, type ShownFinding } from '../sources/finding.ts'
import { inUploadFolder } from '../sources/receive-upload.ts'
import { requireAlgorithm, requireOwner, type AlgorithmsDeps } from './algorithms.deps.ts'
import { algorithmIdTaken } from './algorithms.errors.ts'
import type { VersionRow } from './algorithm-versions.repository.ts'
import type { AlgorithmWithLatest } from './algorithms.repository.ts'
import { requireStorable } from './recognise-upload.ts'
import { recordVersion, requireRoomForAlgorithm, type CodePlace } from './store-package.ts'
import { inspectPackage } from './algorithms.usecases.ts'
import { largeFileFindings, modelFindings } from './model-findings.ts'
import type { Recognition } from './recognition/recognise.ts'
import { recogniseCommit, registerCommit } from './register-commit.ts'
import { inTurnOf, withCodeRoom } from './turns.ts'

/** A repository of another server, and where it is recorded. */
export type RepositorySource = {
  remote: GitRemote
  place: CodePlace
  /** The files of Git LFS that the server has for it. */
  hosted?: HostedFiles
  /** The commit that is wanted in place of the newest one of the branch. */
  tag?: string | undefined
}

/** The algorithm and version that a repository of another server became. */
export type Registered = { algorithm: AlgorithmWithLatest; version: VersionRow; warnings: ShownFinding[] }

/** Fetches a repository and makes its branch, or its tag, the first version of a new algorithm. If that fails, nothing is left of it. */
async function fetchFirst(
  deps: AlgorithmsDeps,
  input: { id: string; source: RepositorySource; actor: Actor; mostBytes: number },
): Promise<{ version: VersionRow; recognition: Recognition }> {
  const { id, source, actor, mostBytes } = input
  const { branch, folder } = source.place
  // A repository without an algorithm is left over from a crash.
  await deps.codeHost.deleteRepository(id)
  try {
    const from = { remote: source.remote, branch, mostBytes }
    const newest = await deps.codeHost.fetch({ algorithmId: id, ...from })
    const { commit, subject: message } =
      source.tag === undefined ? newest : await deps.codeHost.tagged(id, source.tag)
    if (source.tag !== undefined) await deps.codeHost.pin(id, commit)
    const recognition = await recogniseCommit(deps, { id, ownerId: actor.id, folder }, commit)
    const { manifest } = requireStorable(recognition)
    const { stated } = recognition
    // Only the other server knows the author.
    const next = { manifest, stated, commit, message, actor, place: source.place, gives: [] }
    return { version: await recordVersion(deps, null, next), recognition }
  } catch (error) {
    await deps.codeHost.deleteRepository(id)
    throw error
  }
}

/**
 * Makes a repository of another server an algorithm. Throws `algorithm.id_taken`, `quota.algorithms`, `quota.code`,
 * `algorithm.not_recognised`, `algorithm.invalid` and what fetching throws; then nothing is stored. `inItsTurn` does what it is given in the
 * turn of the repository, which is taken in that of the algorithm.
 */
export async function registerRepository(
  deps: AlgorithmsDeps,
  input: {
    id: string
    source: RepositorySource
    actor: Actor
    language: Language
    inItsTurn: <T>(use: () => Promise<T>) => Promise<T>
  },
): Promise<Registered> {
  const { id, source, actor, language, inItsTurn } = input
  requireReach(actor, [id])
  const { version, recognition } = await inTurnOf(deps, id, async () => {
    if (await deps.algorithms.get(id)) throw algorithmIdTaken({ algorithm_id: id })
    return inItsTurn(() =>
      withCodeRoom(deps, { actor, id, ownerId: actor.id }, async (mostBytes) => {
        await requireRoomForAlgorithm(deps, { actor, id })
        return fetchFirst(deps, { id, source, actor, mostBytes })
      }),
    )
  })
  const { hosted } = source
  const about = [
    ...(await modelFindings(deps, { actor, hosted, algorithmId: id, ownerId: actor.id }, recognition)),
    ...largeFileFindings(recognition.files),
  ]
  const warnings = shownFindings([...about, ...recognition.warnings], language)
  return { algorithm: await requireAlgorithm(deps, id), version, warnings }
}

/**
 * Does something with the files of a repository of another server, of which nothing is kept. Throws `quota.code` and what fetching
 * throws.
 */
export function withRepositoryFiles<T>(
  deps: AlgorithmsDeps,
  {
    source: { remote, place, tag },
    actor,
    id = '',
  }: { source: RepositorySource; actor: Actor; id?: string | undefined },
  use: (folder: string) => Promise<T>,
): Promise<T> {
  return inUploadFolder(deps.uploads.uploadsFolder, async (target) => {
    const folder = join(target, 'package')
    const wanted = { branch: place.branch, within: place.folder, ...(tag !== undefined && { tag }) }
    await withCodeRoom(deps, { actor, id, ownerId: actor.id }, (mostBytes) =>
      deps.codeHost.peek({ remote, ...wanted, mostBytes, folder }),
    )
    return use(folder)
  })
}

/**
 * What a repository of another server would become. Its newest commit is fetched for that, and nothing is kept. Throws
 * `quota.code` and what fetching throws.
 */
export async function inspectRepository(
  deps: AlgorithmsDeps,
  input: {
    id: string | undefined
    name: string
    source: RepositorySource
    actor: Actor
    language: Language
    signal?: AbortSignal
  },
): Promise<Inspection> {
  const { source, name, ...asked } = input
  const { actor } = input
  return withRepositoryFiles(deps, { source, actor, id: input.id }, (folder) => {
    const given = input.id !== undefined && { algorithmId: input.id }
    const { hosted } = source
    return inspectPackage(deps, {
      upload: { folder, givenName: name, findings: [], ...given },
      hosted,
      ...asked,
    })
  })
}

/**
 * What is fetched: the branch that the algorithm follows, or `branch`, or `tag`. `sourceOf` finds the repository of the algorithm as it is
 * recorded when its turn has come.
 */
type Following = {
  id: string
  actor: Actor
  branch?: string
  tag?: string
  sourceOf: (algorithm: AlgorithmWithLatest) => RepositorySource
}

async function wantedOf(
  { codeHost }: AlgorithmsDeps,
  { id, branch, tag }: Following,
  newest: Fetched,
): Promise<{ commit: string; subject: string }> {
  if (tag !== undefined) return codeHost.tagged(id, tag)
  return branch === undefined ? newest : codeHost.newest(id, branch)
}

/**
 * Fetches what is new of an algorithm's repository on another server, and keeps the newest commit. Makes no version. Throws
 * `algorithm.not_owner`, `quota.code`, `code_host.branch_not_found`, `code_host.tag_not_found` and what fetching throws.
 */
export async function fetchFollowed(deps: AlgorithmsDeps, input: Following): Promise<Fetched> {
  const { id, actor } = input
  const fetched = await inTurnOf(deps, id, async () => {
    const algorithm = await requireAlgorithm(deps, id)
    requireOwner(actor, algorithm.row)
    const { remote, place } = input.sourceOf(algorithm)
    return withCodeRoom(deps, { actor, id, ownerId: algorithm.row.ownerId }, (mostBytes) =>
      deps.codeHost.fetch({ algorithmId: id, remote, branch: place.branch, mostBytes }),
    )
  })
  const wanted = await wantedOf(deps, input, fetched)
  // Its branch may go, and the version that is made of it stays. What is followed is kept by the fetch.
  if (wanted.commit !== fetched.commit) await deps.codeHost.pin(id, wanted.commit)
  return { ...wanted, changed: fetched.changed }
}

/**
 * Fetches what is new of an algorithm's repository on another server. A new commit becomes the next version. Throws what
 * {@link fetchFollowed} does, `algorithm.not_recognised` and `algorithm.invalid`; a fetched commit that is not recognised stays without a
 * version.
 */
export async function followRepository(deps: AlgorithmsDeps, input: Following): Promise<Fetched> {
  const fetched = await fetchFollowed(deps, input)
  const { commit, subject: message } = fetched
  await registerCommit(deps, { algorithmId: input.id, commit, message, actor: input.actor })
  return fetched
}
