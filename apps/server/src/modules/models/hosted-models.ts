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

/** What the files need that are kept by the server in which the code of an algorithm is. */
export type HostedModelsDeps = FetchModelDeps & {
  hostedFilesOf: HostedFilesOf
  modelGrants: Pick<ModelGrants, 'usable'>
}

/** Whose files are meant. */
type Of<Owner = ModelPayer> = { algorithmId: string; owner: Owner }

/** A file of the store that an algorithm may use. */
export type HeldFile = PointedFile & { read: () => Readable }

/** Where the server has some model files in which the code of an algorithm is kept. Those that it does not have are left out. */
export async function locateHosted(
  { hostedFilesOf }: Pick<HostedModelsDeps, 'hostedFilesOf'>,
  algorithmId: string,
  models: readonly Pick<ManifestModel, 'sha256' | 'size' | 'source'>[],
): Promise<ReadonlyMap<string, HostedFile>> {
  const wanted = pointedFiles(models)
  const hosted = wanted.length === 0 ? null : await hostedFilesOf(algorithmId)
  return (await hosted?.locate(wanted)) ?? new Map()
}

/** Those of some files that are here and that an algorithm may use: never what its owner keeps for others. */
export async function heldFiles(
  { modelGrants, store }: Pick<HostedModelsDeps, 'modelGrants' | 'store'>,
  { algorithmId, owner }: Of<Pick<ModelPayer, 'id'>>,
  files: readonly PointedFile[],
): Promise<HeldFile[]> {
  const digests = files.map(({ sha256 }) => sha256)
  const usable = await modelGrants.usable(null, { algorithmId, ownerId: owner.id }, digests)
  return usable.map(({ sha256, size }) => ({ sha256, size, read: () => store.read(sha256) }))
}

/** Files that the server is asked about at once. */
const askedAtOnce = 100
/** What leads to a file may expire, after minutes at the earliest. Then it is asked for again. In ms. */
const freshMs = 60_000

/** Where the server has each of some files; those that it does not have are left out. Throws what `turnedOff` gives. */
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
 * The same files, so that no two of a list are of one digest: anybody who pushes can write a pointer with a wrong size beside a right
 * one, and an answer would not tell to which of the two it belongs. Pure.
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
 * Brings those of some files here that the server has in which the code of an algorithm is kept, and that the algorithm may not use yet.
 * Those that it does not have are left out, but a server that keeps no such files at all could give them later, so that is told. Throws
 * that, and what asking the server and {@link fetchModel} throw.
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
