import type { Presentation } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { mayBePresented, mayReadAsset, mayReadRun, noAssetUse, type Presenter } from '../../lib/policy.ts'
import type { AssetsRepository, StoredAsset } from '../assets/assets.repository.ts'
import type { ReleasesRepository } from '../releases/releases.repository.ts'
import type { RunsRepository } from '../runs/runs.repository.ts'
import type { StoredService } from '../services/services.repository.ts'
import { notShowable, type WhyNotShowable } from './presentations.errors.ts'

/** What finding out about runs and media needs. */
export type PresentedThingsDeps = {
  runs: Pick<RunsRepository, 'brief' | 'given'>
  assets: Pick<AssetsRepository, 'get'>
  releases: Pick<ReleasesRepository, 'demoOf'>
}

/** A run or a media file that a presentation names, and the field that names it. */
type Named = { field: string; kind: 'run' | 'asset'; id: string }

/** Every run and media file that a presentation names. Pure. */
function namedIn({ cover, examples }: Presentation): Named[] {
  const named: Named[] = []
  if (cover.from === 'asset') named.push({ field: 'cover.asset_id', kind: 'asset', id: cover.asset_id })
  if (cover.from === 'run') named.push({ field: 'cover.run_id', kind: 'run', id: cover.run_id })
  for (const [place, { run_id: id }] of examples.entries())
    named.push({ field: `examples[${place}].run_id`, kind: 'run', id })
  return named
}

/** The fields that name a run or a media file that no longer exists. */
export async function missingIn(deps: PresentedThingsDeps, presentation: Presentation): Promise<string[]> {
  const missing: string[] = []
  for (const { field, kind, id } of namedIn(presentation))
    if ((kind === 'run' ? await deps.runs.brief(id) : await deps.assets.get(id)) === null) missing.push(field)
  return missing
}

type Asked = { actor: Actor; service: Pick<StoredService, 'id' | 'ownerId'> }
const presenterOf = ({ actor, service }: Asked): Presenter => ({ actor, ownerId: service.ownerId })

/** The media file counts as belonging to the services in `usedBy`, and to those of which it is demo data. */
async function whyNotAsset(
  deps: PresentedThingsDeps,
  asked: Asked,
  { id, asset, usedBy = [] }: { id: string; asset: StoredAsset | null; usedBy?: readonly string[] },
): Promise<WhyNotShowable | null> {
  const demoOf = [...(await deps.releases.demoOf(id)), ...usedBy]
  if (!asset || !mayReadAsset(asked.actor, asset, { ...noAssetUse, demoOf })) return 'not_found'
  if (asset.origin === 'upload' && !mayBePresented(presenterOf(asked), asset.ownerId)) return 'of_others'
  return null
}

async function whyNotCover(
  deps: PresentedThingsDeps,
  asked: Asked,
  id: string,
): Promise<WhyNotShowable | null> {
  const asset = await deps.assets.get(id)
  const why = await whyNotAsset(deps, asked, { id, asset })
  return why ?? (asset?.kind === 'image' ? null : 'not_a_picture')
}

async function whyNotRun(
  deps: PresentedThingsDeps,
  asked: Asked,
  id: string,
): Promise<WhyNotShowable | null> {
  const stored = await deps.runs.brief(id)
  if (!stored) return 'not_found'
  const { run, createdById: ownerId } = stored
  if (!mayReadRun(asked.actor, { ownerId, services: [run.service_id] })) return 'not_found'
  if (!mayBePresented(presenterOf(asked), ownerId)) return 'of_others'
  if (run.service_id !== asked.service.id) return 'other_service'
  if (run.status !== 'succeeded') return 'not_succeeded'
  for (const assetId of (await deps.runs.given(id))?.assetIds ?? []) {
    // The input of a run of the service counts as the service's own.
    const asset = await deps.assets.get(assetId)
    const why = await whyNotAsset(deps, asked, { id: assetId, asset, usedBy: [asked.service.id] })
    if (why !== null) return why
  }
  return null
}

/**
 * Throws `presentation.not_showable` for a run or a media file that the writer may not show to everybody. What is in
 * `known` already was allowed before, and may have been chosen by somebody else who may operate the service.
 */
export async function requireShowable(
  deps: PresentedThingsDeps,
  input: Asked & { presentation: Presentation; known: readonly (Presentation | null)[] },
): Promise<void> {
  const known = new Set(input.known.flatMap((each) => (each ? namedIn(each).map(({ id }) => id) : [])))
  for (const { field, kind, id } of namedIn(input.presentation)) {
    if (known.has(id)) continue
    const why = kind === 'run' ? await whyNotRun(deps, input, id) : await whyNotCover(deps, input, id)
    if (why !== null) throw notShowable({ field, why })
  }
}
