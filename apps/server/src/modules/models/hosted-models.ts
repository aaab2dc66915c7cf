import type { Readable } from 'node:stream'
import type { ManifestModel } from '@vitrine/contract'
import type { Words } from '../../lib/words.ts'
import { fetchModel, type FetchModelDeps, type ModelPayer } from './fetch-model.ts'
import {
  pointedFiles,
  type HostedFile,
  type HostedFiles,
  type HostedFilesOf,
  type PointedFile,
} from './hosted-files.ts'
import type { ModelGrants } from './model-grants.ts'

/** What is needed to use model files that the code server of an algorithm keeps, such as Gitea with Git LFS. */
export type HostedModelsDeps = FetchModelDeps & {
  hostedFilesOf: HostedFilesOf
  modelGrants: Pick<ModelGrants, 'usable'>
}

/** The algorithm that files are for, and the owner of the files. */
type Of<Owner = ModelPayer> = { algorithmId: string; owner: Owner }

/** A file of the store that an algorithm may use. */
export type HeldFile = PointedFile & { read: () => Readable }

/** Finds model files on the code server of an algorithm. Files that the server does not have are left out. */
export async function locateHosted(
  { hostedFilesOf }: Pick<HostedModelsDeps, 'hostedFilesOf'>,
  algorithmId: string,
  models: readonly Pick<ManifestModel, 'sha256' | 'size' | 'source'>[],
): Promise<ReadonlyMap<string, HostedFile>> {
  const wanted = pointedFiles(models)
  const hosted = wanted.length === 0 ? null : await hostedFilesOf(algorithmId)
  return (await hosted?.locate(wanted)) ?? new Map()
}

/** The files of a list that are in the store and that the algorithm may use. A file that its owner has not given to this algorithm is left out. */
export async function heldFiles(
  { modelGrants, store }: Pick<HostedModelsDeps, 'modelGrants' | 'store'>,
  { algorithmId, owner }: Of<Pick<ModelPayer, 'id'>>,
  files: readonly PointedFile[],
): Promise<HeldFile[]> {
  const digests = files.map(({ sha256 }) => sha256)
  const usable = await modelGrants.usable(null, { algorithmId, ownerId: owner.id }, digests)
  return usable.map(({ sha256, size }) => ({ sha256, size, read: () => store.read(sha256) }))
}

/** How many files one request to the server asks for. */
const askedAtOnce = 100
/** How long the addresses in an answer are used, in milliseconds. Addresses may expire, after minutes at the earliest. */
const freshMs = 60_000

/** Finds files on the server, part by part. Files that the server does not have are left out. Throws what `turnedOff` gives. */
async function* locatedInTurn(
  hosted: HostedFiles,
  files: readonly PointedFile[],
): AsyncGenerator<[file: PointedFile, from: HostedFile]> {
  let located: ReadonlyMap<string, HostedFile> = new Map()
  let until = 0
  let askedAt = 0
  for (const [at, file] of files.entries()) {
    if (at >= until || performance.now() - askedAt > freshMs) {
      until = at + askedAtOnce
      const found = await hosted.locate(files.slice(at, until))
      if (found === null) throw hosted.turnedOff()
      located = found
      askedAt = performance.now()
    }
    const from = located.get(file.sha256)
    if (from) yield [file, from]
  }
}

/**
 * Splits files into lists in which no digest occurs twice. Anybody who pushes can write two pointers with one digest and different
 * sizes, and the server's answer would not say which of them it is about. Pure.
 */
function withoutDoubles(files: readonly PointedFile[]): PointedFile[][] {
  const lists: PointedFile[][] = []
  const times = new Map<string, number>()
  for (const file of files) {
    const at = times.get(file.sha256) ?? 0
    times.set(file.sha256, at + 1)
    const list = lists[at] ?? []
    lists[at] = list
    list.push(file)
  }
  return lists
}

/**
 * Fetches files from the code server of an algorithm into the store, unless the algorithm can already use them. Files that the server
 * does not have are left out. If Git LFS is turned off on the server, it may have the files later, so this throws what `turnedOff` gives.
 * It also throws what asking the server and {@link fetchModel} throw.
 */
export async function bringHosted(
  deps: HostedModelsDeps,
  of: Of,
  {
    files,
    ...rest
  }: { files: readonly PointedFile[]; signal: AbortSignal; report: (message: Words) => Promise<void> },
): Promise<void> {
  const { algorithmId, owner } = of
  const here = new Set((await heldFiles(deps, of, files)).map(({ sha256 }) => sha256))
  const hosted = await deps.hostedFilesOf(algorithmId)
  if (!hosted) return
  for (const list of withoutDoubles(files)) {
    const lacking = list.filter(({ sha256 }) => !here.has(sha256))
    for await (const [file, from] of locatedInTurn(hosted, lacking)) {
      const model = { ...file, path: `${algorithmId}-${file.sha256.slice(0, 8)}` }
      await fetchModel(deps, { owner, model, from, ...rest })
      await deps.models.give({ algorithmId, ownerId: owner.id }, [file.sha256])
      here.add(file.sha256)
    }
  }
}
