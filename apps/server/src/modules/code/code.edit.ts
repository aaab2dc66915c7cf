import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileChange, Manifest } from '@vitrine/contract'
import { branchMoved } from '../../adapters/code-host/code-host.errors.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Language } from '../../lib/errors.ts'
import { requireAlgorithm, requireOwner, type AlgorithmsDeps } from '../algorithms/algorithms.deps.ts'
import { pathNotFound } from '../algorithms/algorithms.errors.ts'
import type { AlgorithmWithLatest } from '../algorithms/algorithms.repository.ts'
import type { VersionRow } from '../algorithms/algorithm-versions.repository.ts'
import { requireStorable } from '../algorithms/recognise-upload.ts'
import { emailOf, recordVersion } from '../algorithms/store-package.ts'
import { largeFileFindings, modelFindings } from '../algorithms/model-findings.ts'
import { manifestNames } from '../algorithms/recognition/manifest-file.ts'
import { recogniseCommit } from '../algorithms/register-commit.ts'
import { inTurnOf, withCodeRoom } from '../algorithms/turns.ts'
import { modelsNamedBy } from '../models/model-grants.ts'
import { shownFindings, type ShownFinding } from '../sources/finding.ts'
import { createPackageWriter } from '../sources/package-writer.ts'
import { inUploadFolder } from '../sources/receive-upload.ts'
import { nothingChanged, otherBranch, pathClash, pathLeftOut } from './code.errors.ts'

/** A change of code that became a version. */
export type Changed = { algorithm: AlgorithmWithLatest; version: VersionRow; warnings: ShownFinding[] }

/** The changes to a commit: a folder with the new files, and paths that are removed. */
export type Overlay = { folder: string; written: readonly string[]; removed: readonly string[] }

/** Writes the new files of a change into a folder. Checks every path as that of an upload. */
async function writeOverlay(
  deps: AlgorithmsDeps,
  target: string,
  files: readonly FileChange[],
): Promise<Overlay> {
  const folder = join(target, 'package')
  await mkdir(folder)
  const writer = createPackageWriter(folder, deps.uploads.limits)
  const [written, removed]: [string[], string[]] = [[], []]
  for (const file of files) {
    const path = writer.place(file.path, 'file')
    if (path === null) throw pathLeftOut({ path: file.path })
    if ('deleted' in file) removed.push(path)
    else {
      await writer.writeFile(path, Buffer.from(file.content))
      written.push(path)
    }
  }
  return { folder, written, removed }
}

const foldersAbove = (path: string): string[] =>
  [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index))

/** Refuses what git would do silently: a file that replaces a folder, or the other way round, or is not there to be removed. */
async function requireFit(
  deps: AlgorithmsDeps,
  id: string,
  base: string,
  { written, removed }: Overlay,
): Promise<void> {
  const there = new Set((await deps.codeHost.files(id, base)).map(({ path }) => path))
  const missing = removed.find((path) => !there.has(path))
  if (missing !== undefined) throw pathNotFound({ algorithm_id: id, path: missing })
  const left = [...there].filter((path) => !removed.includes(path))
  const folders = new Map(left.flatMap((path) => foldersAbove(path).map((folder) => [folder, path] as const)))
  const files = new Set(left)
  for (const path of written) {
    const other = folders.get(path) ?? foldersAbove(path).find((folder) => files.has(folder))
    if (other !== undefined) throw pathClash({ path, other })
  }
}

type Change = {
  id: string
  actor: Actor
  language: Language
  /** The commit that the change was made of; the newest if undefined. */
  base: string | undefined
  message: string
  overlay: Overlay
  keepsModes: boolean
}

/** The model files of a manifest that the change itself names: by the manifest, or by a pointer. Others have written what it leaves. */
const writtenModels = ({ models = [] }: Manifest, { written }: Overlay): Pick<Manifest, 'models'> => ({
  models: manifestNames.some((name) => written.includes(name))
    ? models
    : models.filter(({ path }) => written.includes(path)),
})

/**
 * Lays files over the newest commit of an algorithm, and makes that its next version. The commit is made and inspected before the
 * branch moves to it, so a refused change leaves the code as it is. What does not fit is refused first; contents that were sent to
 * Git LFS of another server stay there if the change is refused later. Must be called in the turn of the algorithm. Throws
 * `code_host.branch_moved`, `code.nothing_changed`, `code.path_clash`, and what storing an upload throws.
 */
async function commitOverlay(deps: AlgorithmsDeps, change: Change): Promise<Changed> {
  const { id, actor, overlay, message, keepsModes } = change
  const known = await requireAlgorithm(deps, id)
  const { row } = known
  const head = (await deps.codeHost.resolve(id, 'HEAD')) ?? ''
  const base = change.base ?? head
  if (head !== base) throw branchMoved({ algorithm_id: id, base, head })
  const { folder, removed } = overlay
  // Before any content is sent to another server. What is prepared there may add a file, so it is asked again.
  await requireFit(deps, id, base, overlay)
  const prepared = await deps.prepareUpload({ algorithmId: id, ownerId: row.ownerId, actor, folder, base })
  const written = [...new Set([...overlay.written, ...prepared.written])]
  await requireFit(deps, id, base, { folder, removed, written })
  const author = { name: actor.name, email: emailOf(actor) }
  const draft = { algorithmId: id, base, folder, removed, keepsModes, message, author }
  const commit = await deps.codeHost.draft(draft)
  if (commit === base) throw nothingChanged({ algorithm_id: id })
  const recognition = await recogniseCommit(deps, row, commit)
  const { manifest } = requireStorable(recognition)
  await deps.codeHost.advance({ algorithmId: id, from: base, to: commit })
  const { stated } = recognition
  const version = await recordVersion(deps, row, {
    manifest,
    stated,
    commit,
    message,
    actor,
    gives: modelsNamedBy(writtenModels(manifest, overlay)),
  })
  const about = [
    ...(await modelFindings(
      deps,
      { actor, algorithmId: id, ownerId: row.ownerId, hosted: prepared.hosted },
      recognition,
    )),
    ...prepared.findings,
    ...largeFileFindings(recognition.files),
  ]
  const warnings = shownFindings([...about, ...recognition.warnings], change.language)
  return { algorithm: await requireAlgorithm(deps, id), version, warnings }
}

/** Does {@link commitOverlay} in the turns of the algorithm and of its owner's code, if that has room. */
export function changeInTurn(deps: AlgorithmsDeps, change: Change): Promise<Changed> {
  const { id, actor } = change
  return inTurnOf(deps, id, async () => {
    const { row } = await requireAlgorithm(deps, id)
    requireOwner(actor, row)
    const room = { actor, id, ownerId: row.ownerId, most: 0 }
    return withCodeRoom(deps, room, () => commitOverlay(deps, change))
  })
}

/** Changes small files of an algorithm. Throws `code.other_branch` and what {@link commitOverlay} throws. */
export async function editCode(
  deps: AlgorithmsDeps,
  input: {
    id: string
    actor: Actor
    language: Language
    branch: string | undefined
    base: string
    message: string
    files: readonly FileChange[]
  },
): Promise<Changed> {
  const { id, branch, files, ...change } = input
  const { row, repository } = await requireAlgorithm(deps, id)
  requireOwner(input.actor, row)
  const followed = repository?.branch ?? 'main'
  if (branch !== undefined && branch !== followed) throw otherBranch({ algorithm_id: id, branch, followed })
  return inUploadFolder(deps.uploads.uploadsFolder, async (target) => {
    const overlay = await writeOverlay(deps, target, files)
    return changeInTurn(deps, { ...change, id, overlay, keepsModes: true })
  })
}
