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

/** What the library of media needs beside keeping them. */
export type LibraryDeps = AssetsDeps & {
  /** Kinds of media that a service takes; throws for a service that does not exist. */
  kindsFor: (serviceId: string) => Promise<readonly MediaKind[]>
  /** Examples of all services; runs and comparisons of one person, or of all for null. */
  usesOf: (assetId: string, ownerId: string | null) => Promise<AssetUses>
  /** Ends a task and waits for its end; one that has ended already is no error. */
  endTask: (taskId: string) => Promise<void>
}

const ownerFilter = (actor: Actor) => (seesEverything(actor.role) ? null : actor.id)

const maySee = (actor: Actor, row: StoredAsset) =>
  actor.kind === 'instance' ||
  seesEverything(actor.role) ||
  row.ownerId === actor.id ||
  row.origin !== 'upload'

/** An asset that the asker may see; another's does not exist for them. */
export async function loadAsset(
  deps: Pick<AssetsDeps, 'assets'>,
  input: { actor: Actor; id: string },
): Promise<StoredAsset> {
  const row = await deps.assets.get(input.id)
  if (!row || !maySee(input.actor, row)) throw assetNotFound({ asset_id: input.id })
  return row
}

/** An asset that the asker may change: their own, any for an administrator. */
async function loadOwnAsset(deps: AssetsDeps, input: { actor: Actor; id: string }): Promise<StoredAsset> {
  const row = await loadAsset(deps, input)
  if (row.ownerId !== input.actor.id && !seesEverything(input.actor.role))
    throw assetNotFound({ asset_id: row.id })
  return row
}

/** A page of the assets that the asker may see. */
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

/** Renames an asset or changes its tags; a tag stands once. */
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

/** What uses an asset, as far as the asker may see it. */
export async function usesOfAsset(
  deps: LibraryDeps,
  input: { actor: Actor; id: string },
): Promise<AssetUses> {
  const row = await loadAsset(deps, input)
  return deps.usesOf(row.id, ownerFilter(input.actor))
}

/**
 * Deletes an asset, unless a service's examples use it. Its bytes and its forms go when nothing else has the same content; a task
 * that is making forms is ended first.
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

/** Where to find a form of an asset. */
export function variantOf(row: StoredAsset, variant: AssetVariant): StoredVariant {
  const found = row.variants[variant]
  if (found === undefined) throw assetVariantMissing({ variant })
  return found
}
