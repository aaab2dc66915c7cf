import type { PublicShare, Stage } from '@vitrine/contract'
import { platformActor } from '../../lib/actor.ts'
import type { Hold } from '../../lib/memory-budget.ts'
import type { Clock } from '../../lib/clock.ts'
import { audienceOf } from '../../lib/disclosure.ts'
import { AppError, type Language } from '../../lib/errors.ts'
import type { AssetsRepository } from '../assets/assets.repository.ts'
import { comparisonIn, type ComparisonRecord } from '../comparisons/comparisons.state.ts'
import { readComparison, type ComparisonsDeps } from '../comparisons/comparisons.usecases.ts'
import type { PresentationsRepository } from '../presentations/presentations.repository.ts'
import type { ReleasesRepository } from '../releases/releases.repository.ts'
import { runIn, type RunRecord } from '../runs/run-record.ts'
import type { RunsRepository } from '../runs/runs.repository.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import { findRun, readValues, recordOf } from '../runs/reading/read-run.ts'
import type { RunsDeps } from '../runs/runs.usecases.ts'
import { stageOf, type ShowcaseDeps } from '../showcase/showcase.usecases.ts'
import { shareTargetGone } from './shares.errors.ts'
import { shownComparison, shownStage, type Redaction } from './shares.redaction.ts'
import type { SharesRepository, StoredShare } from './shares.repository.ts'
import type { ShownRepository } from './shares.shown.repository.ts'
import { runsLeft } from './shares.state.ts'
import type { OpenedShare, VisitorLimits } from './shares.visitor.ts'

/** What showing a link's target needs. */
export type ShowSharesDeps = {
  shares: SharesRepository
  shown: ShownRepository
  showcase: ShowcaseDeps
  comparisons: ComparisonsDeps
  running: RunsDeps
  assets: Pick<AssetsRepository, 'get'>
  runs: Pick<RunsRepository, 'brief' | 'given'>
  services: Pick<ServicesRepository, 'get'>
  releases: Pick<ReleasesRepository, 'active'>
  presentations: Pick<PresentationsRepository, 'published' | 'presentingRun'>
  clock: Clock
  limits: Pick<VisitorLimits, 'uploadBytes'>
}

/** What a link shows. Exactly one of the fields is set. */
type Target = {
  stage: Stage | null
  run: RunRecord | null
  comparison: (ComparisonRecord & { runs: RunRecord[] }) | null
}

/** Who looks at a link: what they may see of a run, their language, and the room for what is read for them. */
type ShareReader = Pick<Redaction, 'shownRun'> & { language: Language; reading: Pick<Hold, 'take'> }

/**
 * Loads the target with the platform's own rights: whether the maker may show it was checked when the link
 * was made.
 */
async function load(
  deps: ShowSharesDeps,
  share: StoredShare,
  { language, reading }: Pick<ShareReader, 'language' | 'reading'>,
): Promise<Target> {
  const readRun = async (id: string) => {
    const found = await findRun(deps.running, { actor: platformActor, id })
    return recordOf(found.run, await readValues(deps.running, found, reading), reading)
  }
  const asked = { actor: platformActor, language, id: share.targetId }
  const nothing = { stage: null, run: null, comparison: null }
  switch (share.kind) {
    case 'stage':
      return { ...nothing, stage: await stageOf(deps.showcase, { ...asked, reading }) }
    case 'run':
      return { ...nothing, run: await readRun(share.targetId) }
    case 'comparison': {
      const comparison = await readComparison(deps.comparisons, asked, reading)
      const runs: RunRecord[] = []
      for (const { run_id: id } of comparison.cells) if (id !== null) runs.push(await readRun(id))
      return { ...nothing, comparison: { ...comparison, runs } }
    }
  }
}

/** What a link shows. Throws `share.target_gone` if that was deleted. */
async function targetOf(
  deps: ShowSharesDeps,
  share: StoredShare,
  reader: Pick<ShareReader, 'language' | 'reading'>,
): Promise<Target> {
  try {
    return await load(deps, share, reader)
  } catch (error) {
    if (error instanceof AppError && error.status === 404) throw shareTargetGone({}, error)
    throw error
  }
}

/**
 * The names of the algorithms in recorded results. Deleted ones are left out, also where another service has the ID now.
 */
async function algorithmsOf(
  deps: ShowSharesDeps,
  { run, comparison }: Target,
  { language, reading }: Pick<ShareReader, 'language' | 'reading'>,
): Promise<PublicShare['algorithms']> {
  const ids = new Set(run ? [run.service_id] : comparison?.cells.map(({ target }) => target.service_id))
  const madeAt = new Date(run?.created_at ?? comparison?.created_at ?? 0)
  const found: PublicShare['algorithms'] = []
  for (const id of ids) {
    const service = await deps.services.get(id)
    if (!service || service.createdAt > madeAt) continue
    try {
      const { name, manifest } = await stageOf(deps.showcase, {
        actor: platformActor,
        language,
        id,
        reading,
      })
      const { parameters, output, result_words } = manifest
      found.push({ service_id: id, name, manifest: { parameters, output, result_words } })
    } catch (error) {
      if (!(error instanceof AppError && error.status === 404)) throw error
    }
  }
  return found
}

/** What a visitor sees of a link. Counts as a view. */
export async function viewShare(
  deps: ShowSharesDeps,
  opened: OpenedShare,
  reader: ShareReader,
): Promise<PublicShare> {
  const audience = audienceOf(null, reader.language)
  const read = (record: RunRecord) => runIn(reader.shownRun(record), audience)
  const { share } = opened
  const target = await targetOf(deps, share, reader)
  const { stage, run, comparison } = target
  const algorithms = await algorithmsOf(deps, target, reader)
  await deps.shares.countView(share.id, deps.clock())
  return {
    kind: share.kind,
    title: share.title,
    text: share.text,
    may_run: share.mayRun,
    runs_left: share.mayRun ? runsLeft(share) : null,
    upload_limit_bytes: deps.limits.uploadBytes,
    expires_at: share.expiresAt?.toISOString() ?? null,
    stage: stage && shownStage(stage),
    run: run && read(run),
    comparison: comparison && {
      ...comparisonIn(shownComparison(comparison), audience),
      runs: comparison.runs.map(read),
    },
    algorithms,
  }
}
