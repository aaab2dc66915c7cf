import { longest, type ListQuery, type ModelFile, type ModelOrigin } from '@vitrine/contract'
import { isDiskFull } from '../../lib/disk-full.ts'
import type { Actor } from '../../lib/actor.ts'
import { groupBy } from '../../lib/group-by.ts'
import type { keyedQueue } from '../../lib/keyed-queue.ts'
import { mayUse, visibleRows } from '../../lib/policy.ts'
import type { ModelStore } from './model-store.ts'
import {
  modelDigestMismatch,
  modelInUse,
  modelNotFound,
  modelStorageFull,
  modelTooLarge,
} from './models.errors.ts'
import type { ModelsRepository, StoredModel } from './models.repository.ts'

/** The releases that have model files of one person, by digest. */
export type ModelUses = ReadonlyMap<string, ModelFile['uses']>

/** What keeping model files needs. */
export type ModelsDeps = {
  models: ModelsRepository
  store: ModelStore
  /** The largest file, bytes. */
  limitBytes: () => number
  /** Runs changes of the file of one digest one after the other. */
  queue: Pick<ReturnType<typeof keyedQueue>, 'run'>
  /** The releases of a person's algorithms that have these files and did not fail. */
  usesOf: (ownerId: string, digests: readonly string[]) => Promise<ModelUses>
}

/** The owner of a model file. */
export type ModelOwner = { id: string; name: string }

const nameOf = (given: string) => given.split(/[/\\]/).at(-1)?.slice(0, longest.modelName) || 'model'

/**
 * Keeps a model file of a person while its bytes arrive. Throws `model.digest_mismatch` if they are not the `expected` ones,
 * `model.too_large`, `model.storage_full` and what `grow` throws; then nothing is kept. Nobody learns whether somebody else has the same file: all its bytes must be sent.
 *
 * @param grow takes room for more bytes of the owner
 */
export async function keepModel(
  deps: Omit<ModelsDeps, 'usesOf'>,
  input: {
    owner: ModelOwner
    name: string
    origin: ModelOrigin
    expected?: string | undefined
    content: AsyncIterable<Uint8Array>
    grow: (bytes: number) => void
  },
): Promise<StoredModel> {
  const { owner, origin, expected } = input
  const limit = deps.limitBytes()
  let size = 0
  const count = (length: number) => {
    size += length
    if (size > limit) throw modelTooLarge({ limit_bytes: limit })
    input.grow(length)
  }
  const arrived = await deps.store.receive(input.content, count).catch((error: unknown) => {
    throw isDiskFull(error) ? modelStorageFull({}, error) : error
  })
  try {
    const { sha256 } = arrived
    if (expected !== undefined && expected !== sha256) throw modelDigestMismatch({ expected, actual: sha256 })
    // In its turn, so that nobody removes the file before its row is there.
    return await deps.queue.run(sha256, async () => {
      await arrived.keep()
      return deps.models.add({
        sha256,
        name: nameOf(input.name),
        size: arrived.size,
        origin,
        ownerId: owner.id,
        ownerName: owner.name,
      })
    })
  } catch (error) {
    await arrived.discard()
    throw error
  }
}

const toModel = (row: StoredModel, uses: ModelUses): ModelFile => ({
  id: row.id,
  sha256: row.sha256,
  name: row.name,
  size: row.size,
  origin: row.origin,
  owner: row.ownerName,
  uses: uses.get(row.sha256) ?? [],
  created_at: row.createdAt.toISOString(),
})

async function shown(deps: ModelsDeps, rows: readonly StoredModel[]): Promise<ModelFile[]> {
  const owners = groupBy(rows, ({ ownerId }) => ownerId)
  const uses = new Map<string, ModelUses>()
  for (const [ownerId, own] of owners)
    uses.set(
      ownerId,
      await deps.usesOf(
        ownerId,
        own.map(({ sha256 }) => sha256),
      ),
    )
  return rows.map((row) => toModel(row, uses.get(row.ownerId) ?? new Map()))
}

/** A model file in the form of the API. */
export async function showModel(deps: ModelsDeps, row: StoredModel): Promise<ModelFile> {
  return toModel(row, await deps.usesOf(row.ownerId, [row.sha256]))
}

/** A page of the model files that the actor may see: their own, or all for an administrator. */
export async function listModels(
  deps: ModelsDeps,
  { actor, query }: { actor: Actor; query: ListQuery },
): Promise<{ items: ModelFile[]; total: number }> {
  const { items, total } = await deps.models.list(visibleRows(actor).ownerId, query)
  return { items: await shown(deps, items), total }
}

/** A model file of the actor, or any for an administrator. For others it does not exist. Throws `model.not_found`. */
export async function loadModel(
  deps: Pick<ModelsDeps, 'models'>,
  { actor, id }: { actor: Actor; id: string },
): Promise<StoredModel> {
  const row = await deps.models.get(id)
  if (!row || !mayUse(actor, { ownerId: row.ownerId, services: [] })) throw modelNotFound({ model_id: id })
  return row
}

async function removeIfUnowned(deps: Pick<ModelsDeps, 'models' | 'store'>, sha256: string): Promise<void> {
  if (!(await deps.models.isOwned(sha256))) await deps.store.remove(sha256)
}

/**
 * Deletes a model file that no service of its owner has. Releases of other people's services go on with it, because the file in a
 * release is a link of its own; so nobody keeps somebody else's file by deploying their algorithm. Its bytes go if nobody else has
 * the same file. Throws `model.not_found` and `model.in_use`.
 */
export async function deleteModel(deps: ModelsDeps, input: { actor: Actor; id: string }): Promise<void> {
  const row = await loadModel(deps, input)
  await deps.queue.run(row.sha256, async () => {
    const uses = (await deps.usesOf(row.ownerId, [row.sha256])).get(row.sha256) ?? []
    const keeping = uses.filter(({ keeps }) => keeps).map(({ service_id }) => service_id)
    if (keeping.length > 0) throw modelInUse({ model_id: row.id, service_ids: keeping })
    await deps.models.delete(row.id)
    await removeIfUnowned(deps, row.sha256)
  })
}

/** Removes the files that nobody has: a crash came between a file and its row. Resolves with how many they were. */
export async function removeUnownedModels(deps: Omit<ModelsDeps, 'usesOf'>): Promise<number> {
  let removed = 0
  for (const sha256 of await deps.store.digests())
    await deps.queue.run(sha256, async () => {
      if (await deps.models.isOwned(sha256)) return
      await deps.store.remove(sha256)
      removed += 1
    })
  return removed
}
