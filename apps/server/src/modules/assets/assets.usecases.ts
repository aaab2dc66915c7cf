import {
  seesEverything,
  type AssetVariant,
  type EndpointResponse,
  type ListQuery,
  type MediaKind,
} from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { AssetsDeps } from './assets.deps.ts'
import { assetInUse, assetNotFound, assetVariantMissing } from './assets.errors.ts'
import type { StoredAsset } from './assets.repository.ts'
import type { StoredVariant } from './assets.tables.ts'

/** What uses an asset. */
export type AssetUses = EndpointResponse<'GET /assets/{id}/uses'>

/** What the media library needs in addition to storing files. */
export type LibraryDeps = AssetsDeps & {
  /** Kinds of media that a service accepts. Throws if the service does not exist. */
  kindsFor: (serviceId: string) => Promise<readonly MediaKind[]>
  /** Examples of all services, and the runs and comparisons of one person, or of everybody for null. */
  usesOf: (assetId: string, ownerId: string | null) => Promise<AssetUses>
  /** Ends a task and waits until it has ended. It is no error if the task has already ended. */
  endTask: (taskId: string) => Promise<void>
}

const ownerFilter = (actor: Actor) => (seesEverything(actor.role) ? null : actor.id)

const maySee = (actor: Actor, row: StoredAsset) =>
  actor.kind === 'instance' ||
  seesEverything(actor.role) ||
  row.ownerId === actor.id ||
  row.origin !== 'upload'

/** Finds an asset that the actor may see. For the actor, assets of other people do not exist. */
export async function loadAsset(
  deps: Pick<AssetsDeps, 'assets'>,
  input: { actor: Actor; id: string },
): Promise<StoredAsset> {
  const row = await deps.assets.get(input.id)
  if (!row || !maySee(input.actor, row)) throw assetNotFound({ asset_id: input.id })
  return row
}

/** Finds an asset that the actor may change: their own, or any for an administrator. */
async function loadOwnAsset(deps: AssetsDeps, input: { actor: Actor; id: string }): Promise<StoredAsset> {
  const row = await loadAsset(deps, input)
  if (row.ownerId !== input.actor.id && !seesEverything(input.actor.role))
    throw assetNotFound({ asset_id: row.id })
  return row
}

/** A page of the assets that the actor may see. */
export async function listAssets(
  deps: LibraryDeps,
  input: {
    actor: Actor
    query: ListQuery & {
      kind?: MediaKind | undefined
      tag?: string | undefined
      service_id?: string | undefined
    }
  },
) {
  const { actor, query } = input
  const fitting = query.service_id === undefined ? null : await deps.kindsFor(query.service_id)
  const kinds =
    query.kind === undefined ? fitting : [query.kind].filter((kind) => fitting?.includes(kind) ?? true)
  return deps.assets.list(
    { ownerId: ownerFilter(actor), q: query.q, kinds, tag: query.tag },
    { limit: query.page_size, offset: (query.page - 1) * query.page_size },
  )
}

/** Renames an asset or changes its tags. Duplicate tags are removed. */
export async function changeAsset(
  deps: AssetsDeps,
  input: { actor: Actor; id: string; change: { name?: string | undefined; tags?: string[] | undefined } },
): Promise<StoredAsset> {
  const row = await loadOwnAsset(deps, input)
  const { name = row.name, tags = row.tags } = input.change
  const changed = await deps.assets.update(row.id, { name, tags: [...new Set(tags)] })
  if (!changed) throw assetNotFound({ asset_id: row.id })
  return changed
}

/** The uses of an asset that the actor may see. */
export async function usesOfAsset(
  deps: LibraryDeps,
  input: { actor: Actor; id: string },
): Promise<AssetUses> {
  const row = await loadAsset(deps, input)
  return deps.usesOf(row.id, ownerFilter(input.actor))
}

/**
 * Deletes an asset, unless a service's examples use it. A task that is making its forms is ended first. Its
 * bytes and forms are deleted too if no other asset has the same content.
 */
export async function deleteAsset(deps: LibraryDeps, input: { actor: Actor; id: string }): Promise<void> {
  const row = await loadOwnAsset(deps, input)
  const { items } = await deps.usesOf(row.id, null)
  const example = items.find((use) => use.kind === 'example')
  if (example) throw assetInUse({ asset_id: row.id, used_by: example.name })
  if (row.taskId !== null) await deps.endTask(row.taskId)
  await deps.turns.run(row.sha256, async () => {
    const { lastOfContent } = await deps.assets.delete(row)
    if (!lastOfContent) return
    for (const variant of ['playable', 'poster', 'thumb', 'waveform'])
      await deps.objects.delete(`${row.sha256}/${variant}`)
    await deps.objects.delete(row.sha256)
  })
}

/** Where a form of an asset is stored. Throws if it does not have this form. */
export function variantOf(row: StoredAsset, variant: AssetVariant): StoredVariant {
  const found = row.variants[variant]
  if (found === undefined) throw assetVariantMissing({ variant })
  return found
}
