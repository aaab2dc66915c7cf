import { emptyPresentation, type Presentation, type PresentationState } from '@vitrine/contract'
import type { CodeHost } from '../../adapters/code-host/code-host.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import type { ReleasesRepository } from '../releases/releases.repository.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import { loadOwned } from '../services/services.usecases.ts'
import { missingIn, requireShowable, type PresentedThingsDeps } from './presented-things.ts'
import {
  presentationChanged,
  presentationRevisionNotFound,
  presentationWithoutDraft,
} from './presentations.errors.ts'
import type {
  PresentationChange,
  PresentationsRepository,
  StoredPresentation,
} from './presentations.repository.ts'
import { readReadmes } from './read-readmes.ts'
import { suggestPresentation } from './suggest-presentation.ts'

/** What editing presentations needs. */
export type PresentationsDeps = PresentedThingsDeps & {
  presentations: PresentationsRepository
  services: Pick<ServicesRepository, 'get'>
  releases: Pick<ReleasesRepository, 'active' | 'demoOf'>
  codeHost: Pick<CodeHost, 'stat' | 'read'>
  clock: Clock
}

type Asked = { actor: Actor; id: string }

const nothingStored = {
  published: null,
  draft: null,
  revision: 0,
  draftRevision: 0,
  editedBy: null,
  editedAt: null,
} satisfies Omit<StoredPresentation, 'serviceId'>

async function suggestedFor(deps: PresentationsDeps, service: StoredService): Promise<Presentation> {
  const release = (await deps.releases.active([service.id])).get(service.id)
  if (!release) return emptyPresentation
  const readmes = await readReadmes(deps.codeHost, {
    algorithmId: service.algorithmId,
    commit: release.commit,
  })
  return suggestPresentation(release.manifest, readmes)
}

/** What the editor reads of a stored presentation. What a change has stored is given, so that the answer is of that change. */
async function stateOf(
  deps: PresentationsDeps,
  service: StoredService,
  row: Omit<StoredPresentation, 'serviceId'>,
): Promise<PresentationState> {
  const current = row.draft ?? row.published
  const [suggested, revisions, missing] = await Promise.all([
    suggestedFor(deps, service),
    deps.presentations.revisions(service.id),
    current ? missingIn(deps, current) : [],
  ])
  return {
    published: row.published,
    draft: row.draft,
    revision: row.revision,
    draft_revision: row.draftRevision,
    edited_by: row.editedBy,
    edited_at: row.editedAt?.toISOString() ?? null,
    missing,
    suggested,
    revisions: revisions.map(({ number, publishedBy, publishedAt }) => ({
      number,
      by: publishedBy,
      at: publishedAt.toISOString(),
    })),
  }
}

/** The presentation of a service that the actor may operate, with its draft and with suggestions from its package. */
export async function readPresentation(deps: PresentationsDeps, input: Asked): Promise<PresentationState> {
  const service = await loadOwned(deps, input)
  return stateOf(deps, service, (await deps.presentations.get(service.id)) ?? nothingStored)
}

const changeBy = (deps: PresentationsDeps, { actor, id }: Asked, basedOn: number): PresentationChange => ({
  serviceId: id,
  basedOn,
  by: actor.name,
  at: deps.clock(),
})

/** The error for a change that is based on a state which somebody else has replaced. */
async function changedMeanwhile(deps: PresentationsDeps, id: string, basedOn: number) {
  const row = await deps.presentations.get(id)
  return presentationChanged({
    by: row?.editedBy ?? '',
    at: row?.editedAt?.toISOString() ?? '',
    draft_revision: row?.draftRevision ?? 0,
    based_on: basedOn,
  })
}

/**
 * Saves the draft. Throws `presentation.changed` if somebody has saved since the state `revision` was read, and
 * `presentation.not_showable` for a run or a picture that the actor may not show.
 */
export async function saveDraft(
  deps: PresentationsDeps,
  input: Asked & { presentation: Presentation; revision: number },
): Promise<PresentationState> {
  const service = await loadOwned(deps, input)
  const row = await deps.presentations.get(service.id)
  if ((row?.draftRevision ?? 0) !== input.revision)
    throw await changedMeanwhile(deps, service.id, input.revision)
  const { actor, presentation } = input
  await requireShowable(deps, {
    actor,
    service,
    presentation,
    known: [row?.draft ?? null, row?.published ?? null],
  })
  const saved = await deps.presentations.setDraft(changeBy(deps, input, input.revision), presentation)
  if (!saved) throw await changedMeanwhile(deps, service.id, input.revision)
  return stateOf(deps, service, saved)
}

/** Shows the draft to everybody. Throws `presentation.no_draft`, or `presentation.changed` if it is another one by now. */
export async function publishDraft(
  deps: PresentationsDeps,
  input: Asked & { revision: number },
): Promise<PresentationState> {
  const service = await loadOwned(deps, input)
  const published = await deps.presentations.publish(changeBy(deps, input, input.revision))
  if (published) return stateOf(deps, service, published)
  const row = await deps.presentations.get(service.id)
  const isSame = (row?.draftRevision ?? 0) === input.revision
  throw isSame
    ? presentationWithoutDraft({ service_id: service.id })
    : await changedMeanwhile(deps, service.id, input.revision)
}

type BasedOn = Asked & { revision: number }

/** Replaces the draft. Throws `presentation.changed` if somebody has saved since the state `revision` was read. */
async function replaceDraft(
  deps: PresentationsDeps,
  input: BasedOn,
  draft: Presentation | null,
): Promise<PresentationState> {
  const service = await loadOwned(deps, input)
  const saved = await deps.presentations.setDraft(changeBy(deps, input, input.revision), draft)
  if (!saved) throw await changedMeanwhile(deps, service.id, input.revision)
  return stateOf(deps, service, saved)
}

/** Discards the draft. Throws `presentation.changed` if it is another one by now. */
export const discardDraft = (deps: PresentationsDeps, input: BasedOn): Promise<PresentationState> =>
  replaceDraft(deps, input, null)

/** Makes an earlier published revision the draft. Throws `presentation.revision_not_found`, and `presentation.changed`. */
export async function restoreRevision(
  deps: PresentationsDeps,
  input: BasedOn & { number: number },
): Promise<PresentationState> {
  const service = await loadOwned(deps, input)
  const earlier = await deps.presentations.revision(service.id, input.number)
  if (!earlier) throw presentationRevisionNotFound({ service_id: service.id, number: input.number })
  return replaceDraft(deps, input, earlier)
}
