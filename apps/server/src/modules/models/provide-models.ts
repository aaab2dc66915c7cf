import { lstat, mkdir, readFile, rename } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { seesEverything, type Manifest, type ManifestModel, type Role } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { ifThere } from '../../lib/if-there.ts'
import type { Words } from '../../lib/words.ts'
import { fetchModel, type ModelPayer } from './fetch-model.ts'
import type { HostedFilesOf, PointedFile } from './hosted-files.ts'
import {
  bringHosted,
  heldFiles,
  locateHosted,
  type HeldFile,
  type HostedModelsDeps,
} from './hosted-models.ts'
import { pointerAtMost, pointerIn } from './lfs-pointer.ts'
import { deployModelMissing, deployModelPathTaken, deployModelPrivate } from './models.errors.ts'
import { modelsNamedBy, type ModelGrants } from './model-grants.ts'
import type { ModelOwner } from './models.usecases.ts'

/** What giving model files to releases needs. */
export type ProvideModelsDeps = HostedModelsDeps & {
  modelGrants: Pick<ModelGrants, 'give' | 'usable'>
  /** The owner of an algorithm. Null if there is no algorithm. */
  ownerOf: (algorithmId: string) => Promise<ModelPayer | null>
  /** The role of a person, to know whether they see the files of everybody. */
  roleOf: (personId: string) => Promise<Role>
}

/** A package whose files a service gets. */
type Wanted = {
  algorithmId: string
  manifest: Pick<Manifest, 'models'>
  /** The owner of the service. */
  serviceOwnerId: string
}

/** Gives releases the model files that their manifests name. */
export type ModelProvider = {
  /**
   * Throws `deploy.model_private` or `deploy.model_missing` for the first file that a deploy would not get. If `giver`, who asks for
   * the deploy, owns the files, the algorithm may use them from now on. Null where nobody asks, as for a push that is deployed by itself.
   */
  require: (wanted: Wanted & { giver: Actor | null }) => Promise<void>
  /**
   * Puts the files of a manifest into the folder of a release, as other names of those in the store. Throws
   * `deploy.model_private`, `deploy.model_missing` and `deploy.model_path_taken`. Resolves with their number and bytes.
   */
  place: (
    input: Wanted & {
      folder: string
      signal: AbortSignal
      /** Tells what is being fetched. */
      report: (message: Words) => Promise<void>
    },
  ) => Promise<{ count: number; bytes: number }>
  /** Brings those of some files here that the server has in which the code of an algorithm is kept ({@link bringHosted}). */
  bring: (
    algorithmId: string,
    input: {
      files: readonly PointedFile[]
      signal: AbortSignal
      report: (message: Words) => Promise<void>
    },
  ) => Promise<void>
  /** The files of a list that an algorithm may use, to be sent to another server ({@link heldFiles}). */
  held: (algorithmId: string, files: readonly PointedFile[]) => Promise<HeldFile[]>
}

const without = (named: readonly ManifestModel[], there: readonly { sha256: string }[]): ManifestModel[] => {
  const digests = new Set(there.map(({ sha256 }) => sha256))
  return named.filter(({ sha256 }) => !digests.has(sha256))
}

/**
 * The owner of a service decides by its variables what runs in it, so they can read every file of its release. So a private file
 * is given to services of its owner alone, and of those who see it anyway: administrators, and whoever has the same file. Throws
 * `deploy.model_private`.
 */
async function requireAllowed(
  deps: ProvideModelsDeps,
  owner: ModelOwner,
  { manifest: { models = [] }, serviceOwnerId }: Wanted,
): Promise<void> {
  if (serviceOwnerId === owner.id) return
  // Where a file with a URL comes from is written in the package, which everybody may read.
  const closed = models.filter(({ source, shared }) => source === 'store' && shared !== true)
  if (closed.length === 0 || seesEverything(await deps.roleOf(serviceOwnerId))) return
  const [first] = without(closed, await deps.models.owned(serviceOwnerId, modelsNamedBy({ models: closed })))
  if (!first) return
  const { path, sha256 } = first
  throw deployModelPrivate({ path, sha256, owner: owner.name, may_pass: true })
}

async function ownerOf(deps: ProvideModelsDeps, algorithmId: string): Promise<ModelPayer> {
  const owner = await deps.ownerOf(algorithmId)
  if (!owner) throw new Error(`the algorithm ${algorithmId} is gone`)
  return owner
}

const missing = (owner: ModelOwner, { path, sha256 }: Pick<ManifestModel, 'path' | 'sha256'>) =>
  deployModelMissing({ path, sha256, owner: owner.name, may_pass: true })

/** The same, of which the server of one algorithm is looked up once, and only if it is needed. */
function lookedUpOnce(deps: ProvideModelsDeps): ProvideModelsDeps {
  let found: ReturnType<HostedFilesOf> | null = null
  return { ...deps, hostedFilesOf: (algorithmId) => (found ??= deps.hostedFilesOf(algorithmId)) }
}

/** Where a model file is fetched from that the algorithm may not use yet. Throws `deploy.model_missing`. */
async function sourceFor(
  deps: ProvideModelsDeps,
  { owner, algorithmId }: { owner: ModelOwner; algorithmId: string },
  model: ManifestModel,
) {
  if (model.source !== 'store') return model.source
  // Asked when its turn comes: what leads to a file may expire while the ones before it arrive.
  const found = (await locateHosted(deps, algorithmId, [model])).get(model.sha256)
  if (!found) throw missing(owner, model)
  return found
}

/** Makes the folders above a path of a release. Throws `deploy.model_path_taken` if one of them is no folder of the release. */
async function makeFoldersAbove(folder: string, path: string): Promise<void> {
  const parts = path.split('/').slice(0, -1)
  for (let count = 1; count <= parts.length; count++) {
    const above = join(folder, ...parts.slice(0, count))
    const found = await ifThere(lstat(above))
    if (found === null) await mkdir(above, { mode: 0o755 })
    else if (!found.isDirectory()) throw deployModelPathTaken({ path })
  }
}

/** Whether a model file may be put at a path: nothing is there, or the pointer of Git LFS for this file. */
async function mayStandAt(file: string, sha256: string): Promise<boolean> {
  const found = await ifThere(lstat(file))
  if (found === null) return true
  if (!found.isFile() || found.size > pointerAtMost) return false
  return pointerIn(await readFile(file, 'utf8'))?.sha256 === sha256
}

async function placeOne(
  { store }: ProvideModelsDeps,
  { path, sha256 }: ManifestModel,
  { folder, owner }: { folder: string; owner: ModelOwner },
): Promise<number> {
  await makeFoldersAbove(folder, path)
  const file = join(folder, path)
  if (!(await mayStandAt(file, sha256))) throw deployModelPathTaken({ path })
  const beside = join(dirname(file), `.${randomUUID()}`)
  if (!(await store.link(sha256, beside))) throw missing(owner, { path, sha256 })
  const { size } = await lstat(beside)
  await rename(beside, file)
  return size
}

export function createModelProvider(deps: ProvideModelsDeps): ModelProvider {
  /**
   * The files that must be fetched. Everybody who may push can have what a URL provides, but a file of the owner replaces it
   * only if the algorithm may use that file. Throws `deploy.model_missing` if one is to be in the store, the algorithm may not
   * use it, and the server with its code does not have it.
   */
  async function toFetch(
    { owner, algorithmId, giver }: { owner: ModelOwner; algorithmId: string; giver: Actor | null },
    models: readonly ManifestModel[],
  ): Promise<ManifestModel[]> {
    const to = { algorithmId, ownerId: owner.id }
    const lacking = without(models, await deps.modelGrants.usable(giver, to, modelsNamedBy({ models })))
    const inStore = lacking.filter(({ source }) => source === 'store')
    const hosted = await locateHosted(deps, algorithmId, inStore)
    const first = inStore.find(({ sha256 }) => !hosted.has(sha256))
    if (first) throw missing(owner, first)
    return lacking
  }
  return {
    async require(wanted) {
      const { models = [] } = wanted.manifest
      if (models.length === 0) return
      const owner = await ownerOf(deps, wanted.algorithmId)
      await requireAllowed(deps, owner, wanted)
      const { algorithmId, giver } = wanted
      await toFetch({ owner, algorithmId, giver }, models)
      if (giver)
        await deps.modelGrants.give(giver, { algorithmId, ownerId: owner.id }, modelsNamedBy({ models }))
    },
    async place({ folder, signal, report, ...wanted }) {
      const { models = [] } = wanted.manifest
      if (models.length === 0) return { count: 0, bytes: 0 }
      const owner = await ownerOf(deps, wanted.algorithmId)
      await requireAllowed(deps, owner, wanted)
      // Looked up again: they may have been deleted since the deploy was requested.
      const { algorithmId } = wanted
      const brought = new Set<string>()
      const sources = lookedUpOnce(deps)
      for (const model of await toFetch({ owner, algorithmId, giver: null }, models)) {
        // The same file may stand in several places.
        if (brought.has(model.sha256)) continue
        brought.add(model.sha256)
        const from = await sourceFor(sources, { owner, algorithmId }, model)
        await fetchModel(deps, { owner, model, from, signal, report })
        await deps.models.give({ algorithmId, ownerId: owner.id }, [model.sha256])
      }
      let bytes = 0
      for (const model of models) bytes += await placeOne(deps, model, { folder, owner })
      return { count: models.length, bytes }
    },
    async bring(algorithmId, input) {
      await bringHosted(deps, { algorithmId, owner: await ownerOf(deps, algorithmId) }, input)
    },
    async held(algorithmId, files) {
      return heldFiles(deps, { algorithmId, owner: await ownerOf(deps, algorithmId) }, files)
    },
  }
}
