import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { usualBatchBytes } from '../../adapters/code-host/git-push.ts'
import type { CodeHost } from '../../adapters/code-host/code-host.ts'
import type { PreparedUpload, PrepareUpload, UploadedFiles } from '../algorithms/algorithms.deps.ts'
import type { PointedFile } from '../models/hosted-files.ts'
import { heldFiles, type HeldFile, type HostedModelsDeps } from '../models/hosted-models.ts'
import { pointerAtMost, pointerIn, pointersTo } from '../models/lfs-pointer.ts'
import type { ModelGrants } from '../models/model-grants.ts'
import { textBytes, viewFolder } from '../sources/package-view.ts'
import { rulesTooLarge } from './gitea.errors.ts'
import { requireNoCodeOfOthers } from './gitea.others.ts'
import { requireRecorded } from './gitea.recorded.ts'
import { lfsOf, nameInGitea } from './gitea.repositories.ts'
import { largeFileFinding, turnedOffFinding } from './gitea.uploads.words.ts'
import { requireGitea, type GiteaDeps } from './gitea.usecases.ts'

/** What sending the files of uploads to Git LFS of Gitea needs. `plainBytes`: larger files are not sent with git. */
type Deps = Pick<HostedModelsDeps, 'store'> &
  GiteaDeps & {
    codeHost: Pick<CodeHost, 'lfsPaths' | 'resolve' | 'stat' | 'read'>
    modelGrants: Pick<ModelGrants, 'give' | 'usable'>
    plainBytes?: number
  }

const rulesFile = '.gitattributes'
const newline = '\n'.charCodeAt(0)

/** What is done with the files of an upload: contents that go to Git LFS, and pointers whose contents may be here. */
type Sorted = { moved: string[]; large: string[]; pointers: PointedFile[] }

/** Sorts the files of an upload: by the rules of the repository, and by what a request of a push carries. */
async function sorted(
  { codeHost, plainBytes = usualBatchBytes }: Deps,
  { algorithmId, folder, base }: UploadedFiles,
): Promise<Sorted> {
  const view = await viewFolder(folder)
  const { files } = view
  const pointers: PointedFile[] = []
  const others: (typeof files)[number][] = []
  for (const file of files) {
    const pointer = file.size <= pointerAtMost ? pointerIn((await view.readText(file.path)) ?? '') : null
    if (pointer) pointers.push(pointer)
    // An empty file is its own pointer.
    else if (file.size > 0 && !file.path.endsWith(rulesFile)) others.push(file)
  }
  const ruled = new Set(
    await codeHost.lfsPaths(algorithmId, {
      folder,
      paths: files.map(({ path }) => path),
      base: base ?? (await codeHost.resolve(algorithmId, 'HEAD')),
      replaces: base === null,
    }),
  )
  const large = others.filter(({ path, size }) => !ruled.has(path) && size > plainBytes)
  return {
    moved: others.flatMap(({ path }) => (ruled.has(path) ? [path] : [])),
    large: large.map(({ path }) => path),
    pointers,
  }
}

/** A file of an upload whose content goes to Git LFS. */
type Content = HeldFile & { file: string }

async function contentOf(file: string): Promise<Content> {
  const digest = createHash('sha256')
  let size = 0
  for await (const chunk of createReadStream(file)) {
    if (!Buffer.isBuffer(chunk)) throw new Error('a file is read as bytes')
    digest.update(chunk)
    size += chunk.length
  }
  return { file, sha256: digest.digest('hex'), size, read: () => createReadStream(file) }
}

/** Puts a pointer in place of a file. The file may have other names elsewhere, so it is not written to. */
async function putPointer({ file, ...content }: Content): Promise<void> {
  const { mode } = await stat(file)
  const beside = join(dirname(file), `.${randomUUID()}`)
  await writeFile(beside, pointersTo(content)[0] ?? '', { flag: 'wx' })
  await chmod(beside, mode)
  await rename(beside, file)
}

/** The rule that gives one file to Git LFS, as `git lfs track` writes it. Pure. */
export const ruleFor = (path: string): string => {
  const pattern = path.replaceAll(/[\\*?[]/g, String.raw`\$&`).replaceAll(/\s/g, '[[:space:]]')
  return `/${pattern} filter=lfs diff=lfs merge=lfs -text\n`
}

/** The rules that an upload comes with, or those of the commit over which it is laid, as bytes. Throws `gitea.rules_too_large`. */
async function rulesBefore(
  { codeHost }: Deps,
  { algorithmId, folder, base }: UploadedFiles,
): Promise<Buffer> {
  const need = (size: number) => {
    if (size > textBytes) throw rulesTooLarge({ path: rulesFile, most_mb: textBytes / 1024 ** 2 })
  }
  const given = (await viewFolder(folder)).files.find(({ path }) => path === rulesFile)
  if (given) {
    need(given.size)
    return readFile(join(folder, rulesFile))
  }
  const there = base === null ? null : await codeHost.stat(algorithmId, base, rulesFile)
  if (base === null || there?.type !== 'file') return Buffer.alloc(0)
  need(there.size)
  return buffer(await codeHost.read(algorithmId, base, rulesFile))
}

/** Writes rules for large files below those before, without which clones would have pointers in place of them. */
async function addRules(
  { folder }: UploadedFiles,
  { before, large }: { before: Buffer; large: readonly string[] },
): Promise<string[]> {
  if (large.length === 0) return []
  const isWholeLine = before.length === 0 || before.at(-1) === newline
  const beside = join(folder, `.${randomUUID()}`)
  const added = `${isWholeLine ? '' : '\n'}${large.map(ruleFor).join('')}`
  await writeFile(beside, Buffer.concat([before, Buffer.from(added)]), { flag: 'wx' })
  await rename(beside, join(folder, rulesFile))
  return [rulesFile]
}

const nothing: PreparedUpload = { written: [], findings: [] }

/**
 * Sends files of an upload to Git LFS of the Gitea server in which the code of its algorithm is kept, before anything is pushed: those that
 * the repository's `.gitattributes` give to it, those that are too large for a push, and those of the store for which a pointer is
 * uploaded. Pointers take the place of contents in the folder. Where Git LFS is turned off, all stays as it is, and that is said.
 * Throws `gitea.repository_of_others`, `gitea.repository_replaced`, `gitea.lfs_refused`, `gitea.rules_too_large`, `gitea.token_refused` and `gitea.unreachable`; then nothing is pushed.
 */
export const uploadsToGitea =
  (deps: Deps): PrepareUpload =>
  async (upload) => {
    const { algorithmId, ownerId, actor, folder } = upload
    const place = await deps.places.get(algorithmId)
    const fullName = place && nameInGitea(place)
    if (!place || !fullName) return nothing
    await requireNoCodeOfOthers(deps, actor, { ...place, fullName })
    const { moved, large, pointers } = await sorted(deps, upload)
    const going = [...moved, ...large]
    if (going.length + pointers.length === 0) return nothing
    const { settings, client } = await requireGitea(deps)
    // Files are sent before git sends anything, and would be somebody else's to read.
    await requireRecorded(deps, client, place)
    const hosted = lfsOf(deps, settings, fullName)
    const to = { algorithmId, ownerId }
    // As its version does a moment later: whoever uploads a pointer to a file of their own means that file.
    const digests = pointers.map(({ sha256 }) => sha256)
    await deps.modelGrants.give(actor, to, digests)
    const held = await heldFiles(deps, { algorithmId, owner: { id: ownerId } }, pointers)
    if (going.length + held.length === 0) return { written: [], findings: [], hosted }
    if (!(await hosted.isOn())) return { written: [], findings: [turnedOffFinding(going)] }
    // Before anything is sent, because rules that are too large are refused.
    const before = large.length === 0 ? Buffer.alloc(0) : await rulesBefore(deps, upload)
    const contents: Content[] = []
    for (const path of going) contents.push(await contentOf(join(folder, path)))
    await hosted.send([...held, ...contents])
    for (const content of contents) await putPointer(content)
    const written = await addRules(upload, { before, large })
    return { written: [...going, ...written], findings: large.map(largeFileFinding), hosted }
  }
