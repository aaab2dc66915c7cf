import type { Readable } from 'node:stream'
import type { ManifestModel } from '@vitrine/contract'
import type { Words } from '../../lib/words.ts'
import { fetchModel, type FetchModelDeps, type ModelPayer } from './fetch-model.ts'
import { pointedFiles, type HostedFile, type HostedFilesOf, type PointedFile } from './hosted-files.ts'
import type { ModelGrants } from './model-grants.ts'

/** What the files need that are kept by the server in which the code of an algorithm is. */
export type HostedModelsDeps = FetchModelDeps & {
  hostedFilesOf: HostedFilesOf
  modelGrants: Pick<ModelGrants, 'usable'>
}

/** Whose files are meant. */
type Of = { algorithmId: string; owner: ModelPayer }

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
  { algorithmId, owner }: Of,
  files: readonly PointedFile[],
): Promise<HeldFile[]> {
  const digests = files.map(({ sha256 }) => sha256)
  const usable = await modelGrants.usable(null, { algorithmId, ownerId: owner.id }, digests)
  return usable.map(({ sha256, size }) => ({ sha256, size, read: () => store.read(sha256) }))
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
  for (const file of files) {
    if (here.has(file.sha256) || !hosted) continue
    // One by one: what leads to a file may expire while the ones before it arrive.
    const located = await hosted.locate([file])
    if (located === null) throw hosted.turnedOff()
    const from = located.get(file.sha256)
    if (!from) continue
    const model = { ...file, path: `${algorithmId}-${file.sha256.slice(0, 8)}` }
    await fetchModel(deps, { owner, model, from, ...rest })
    await deps.models.give({ algorithmId, ownerId: owner.id }, [file.sha256])
    here.add(file.sha256)
  }
}
