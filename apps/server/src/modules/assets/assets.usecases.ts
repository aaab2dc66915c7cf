import type { AssetVariant, EndpointResponse, ListQuery, MediaKind } from '@vitrine/contract'
import { requireReach } from '../../lib/require-access.ts'
import type { Actor } from '../../lib/actor.ts'
import {
  limitedKeyOf,
  mayChangeAsset,
  mayReadAsset,
  mayReadPresented,
  needsAssetUse,
  noAssetUse,
  visibleRows,
  type AssetUse,
} from '../../lib/policy.ts'
import { removeAsset } from './assets.contents.ts'
import { requireAsset, type AssetsDeps, type ReadAssetsDeps } from './assets.deps.ts'
import { assetInUse, assetNotFound, assetVariantMissing } from './assets.errors.ts'
import type { StoredAsset } from './assets.repository.ts'
import type { StoredVariant } from './assets.tables.ts'

/** What uses an asset. */
export type AssetUses = EndpointResponse<'GET /assets/{id}/uses'>

/** What the media library needs in addition to storing files. */
export type LibraryDeps = AssetsDeps &
  ReadAssetsDeps & {
    /** The ids of the media files that the releases of these services have as demo data. */
    demoDataOf: (serviceIds: readonly string[]) => Promise<readonly string[]>
    /** Kinds of media that a service accepts. Throws if the service does not exist. */
    kindsFor: (serviceId: string) => Promise<readonly MediaKind[]>
    /** Examples and presentations of all services, and the runs and comparisons of one person, or of everybody for null. */
    usesOf: (assetId: string, ownerId: string | null) => Promise<AssetUses>
    /** Ends a task and waits until it has ended. It is no error if the task has already ended. */
    endTask: (taskId: string) => Promise<void>
  }

/** The uses of an asset that matter for this actor. */
async function useOf(deps: ReadAssetsDeps, actor: Actor, assetId: string): Promise<AssetUse> {
  if (!needsAssetUse(actor)) return noAssetUse
  const inputs = actor.kind === 'instance' ? deps.inputsOn(actor.name) : null
  return {
    demoOf: await deps.demoOf(assetId),
    isLive: inputs !== null,
    isInput: inputs?.some((id) => id.toLowerCase() === assetId) ?? false,
  }
}

/** Finds an asset that the actor may see. For the actor, assets of other people do not exist. */
export async function loadAsset(
  deps: ReadAssetsDeps,
  input: { actor: Actor; id: string },
): Promise<StoredAsset> {
  const { actor } = input
  const row = await requireAsset(deps, input.id)
  const mayRead =
    mayReadAsset(actor, row, await useOf(deps, actor, row.id)) ||
    mayReadPresented(actor, await deps.presentedBy(row.id))
  if (!mayRead) throw assetNotFound({ asset_id: input.id })
  return row
}

/** Finds an asset that the actor may change: their own, or any for an administrator. */
async function loadOwnAsset(deps: ReadAssetsDeps, input: { actor: Actor; id: string }): Promise<StoredAsset> {
  const row = await loadAsset(deps, input)
  if (!mayChangeAsset(input.actor, row)) throw assetNotFound({ asset_id: row.id })
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
  if (query.service_id !== undefined) requireReach(actor, [query.service_id])
  const fitting = query.service_id === undefined ? null : await deps.kindsFor(query.service_id)
  const kinds =
    query.kind === undefined ? fitting : [query.kind].filter((kind) => fitting?.includes(kind) ?? true)
  const { ownerId, services } = visibleRows(actor)
  const limit = services && { keyId: limitedKeyOf(actor), demo: await deps.demoDataOf(services) }
  return deps.assets.list(
    { ownerId, limit, q: query.q, kinds, tag: query.tag },
    { limit: query.page_size, offset: (query.page - 1) * query.page_size },
  )
}

/** Renames an asset or changes its tags. Duplicate tags are removed. */
export async function changeAsset(
  deps: AssetsDeps & ReadAssetsDeps,
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
  return deps.usesOf(row.id, visibleRows(input.actor).ownerId)
}

/**
 * Deletes an asset, unless a service's examples or presentation use it. A task that is making its forms is ended first. Its
 * bytes and forms are deleted too if no other asset has the same content.
 */
export async function deleteAsset(deps: LibraryDeps, input: { actor: Actor; id: string }): Promise<void> {
  const row = await loadOwnAsset(deps, input)
  // Runs and comparisons keep their results without it, so they need not be looked through.
  const [showing] = [...(await deps.demoOf(row.id)), ...(await deps.presentedBy(row.id))]
  if (showing !== undefined) throw assetInUse({ asset_id: row.id, used_by: showing })
  await removeAsset(deps, row)
}

/** Where a form of an asset is stored. Throws if it does not have this form. */
export function variantOf(row: StoredAsset, variant: AssetVariant): StoredVariant {
  const found = row.variants[variant]
  if (found === undefined) throw assetVariantMissing({ variant })
  return found
}
