import {
  emptyPresentation,
  lineIn,
  localTextIn,
  textIn,
  type Json,
  type ListQuery,
  type Service,
  type ShowcaseItem,
} from '@vitrine/contract'
import { platformActor, type Actor } from '../../lib/actor.ts'
import type { Language } from '../../lib/errors.ts'
import { visibleRows } from '../../lib/policy.ts'
import { assetIdsIn } from '../assets/asset-ids.ts'
import type { BriefPresentation } from '../presentations/presentations.repository.ts'
import type { ShowcaseRelease } from '../releases/showcase-releases.repository.ts'
import { stageWayBy } from '../releases/stage-way.ts'
import type { CoverRun } from '../runs/history/samples.repository.ts'
import { listServices } from '../service-status/service-status.usecases.ts'
import type { StoredService } from '../services/services.repository.ts'
import { mayOwn } from '../services/services.usecases.ts'
import { largestWords } from './cover-sample.ts'
import { coverSamples } from './cover-samples.ts'
import type { ShowcaseDeps } from './showcase.usecases.ts'

/** A page size that includes every service. All are read, because the search looks at what their packages and presentations say. */
const mostServices = 100_000

type Asked = { actor: Actor; language: Language; query: ListQuery & { task?: string | undefined } }

/** What decides which algorithms are shown, and in which order. */
type Candidate = { service: StoredService; release: ShowcaseRelease; presentation: BriefPresentation }

/** An algorithm with everything that its card is made of. */
type Shown = { service: Service; release: ShowcaseRelease; presentation: BriefPresentation }

/** The runs of which covers are made: those that were chosen by their ids, and the platform's own by their services. */
type CoverRuns = { chosen: Map<string, CoverRun>; own: Map<string, CoverRun> }

/** The runs that a card may be made of, the preferred one first. */
const coverRunIds = ({ cover, examples }: BriefPresentation): string[] => [
  ...(cover.from === 'run' ? [cover.run_id] : []),
  ...examples.slice(0, 1).map(({ run_id: id }) => id),
]

/**
 * The run that a cover shows, if it shows no picture: the chosen one, else the platform's newest result, else the first example. A
 * chosen run that was deleted counts as not chosen.
 */
function runOfCover({ service, presentation }: Shown, runs: CoverRuns): CoverRun | null {
  const { cover } = presentation
  if (cover.from === 'asset') return null
  const [first, ...others] = coverRunIds(presentation).map((id) => runs.chosen.get(id))
  const preferred = cover.from === 'run' ? first : undefined
  return preferred ?? runs.own.get(service.id) ?? first ?? others[0] ?? null
}

function itemOf(
  { service, release, presentation }: Shown,
  sample: ShowcaseItem['sample'],
  language: Language,
): ShowcaseItem {
  const { manifest } = release
  const { cover } = presentation
  return {
    service_id: service.id,
    name: nameOf({ service, presentation }, language),
    description: textIn(manifest.translations, language)(manifest.description),
    line: lineIn(presentation, manifest.description, language),
    task: presentation.task || manifest.task,
    tags: presentation.tags,
    hidden: presentation.hidden,
    status: service.status,
    health: service.health,
    way: stageWayBy({ ...release, form: manifest.form }),
    cover_asset_id: cover.from === 'asset' ? cover.asset_id : release.coverAssetId,
    sample,
  }
}

/** Everything in which a search finds an algorithm, in both languages and lower case. */
function searchedText({ service, release, presentation }: Candidate, language: Language): string {
  const { name, description, translations } = release.manifest
  const { title, line, tags } = presentation
  const written = [name, description]
  const translated = written.flatMap((text) => [
    textIn(translations, 'zh')(text),
    textIn(translations, 'en')(text),
  ])
  const own = ownName(service, language)
  return [service.id, own, ...written, ...translated, title.zh, title.en, line.zh, line.en, ...tags]
    .join('\n')
    .toLowerCase()
}

/** Whether an algorithm belongs to the answer: it is of the task, has every word, and is not hidden from the reader. */
function matches(
  shown: Candidate,
  { actor, language, query }: Pick<Asked, 'actor' | 'language' | 'query'>,
): boolean {
  const { service, release, presentation } = shown
  if (presentation.hidden && !mayOwn(actor, service)) return false
  if (query.task !== undefined && (presentation.task || release.manifest.task) !== query.task) return false
  const words = query.q.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const text = searchedText(shown, language)
  return words.every((word) => text.includes(word))
}

const orderOf = ({ presentation }: Candidate): number => presentation.order ?? Infinity

const ownName = ({ translations, name }: StoredService, language: Language): string =>
  textIn(translations, language)(name)

const nameOf = (
  { service, presentation }: { service: { name: string }; presentation: BriefPresentation },
  language: Language,
): string => localTextIn(presentation.title, language, service.name)

/** What the covers of a page show of runs, by service. */
async function samplesOf(
  deps: ShowcaseDeps,
  { actor, language, page }: { actor: Actor; language: Language; page: readonly Shown[] },
): Promise<Map<string, ShowcaseItem['sample']>> {
  const ids = page.map(({ service }) => service.id)
  const [own, chosen] = await Promise.all([
    deps.runSamples.newestGood(ids, platformActor.id),
    deps.runSamples.chosenCovers(page.flatMap(({ presentation }) => coverRunIds(presentation))),
  ])
  const covered = page.flatMap((shown) => {
    const run = runOfCover(shown, { own, chosen })
    return run ? [{ key: shown.service.id, run }] : []
  })
  const words = await deps.releases.resultWords(
    covered.map(({ key }) => key),
    { language, mostBytes: largestWords },
  )
  const wanted = covered.map((cover) => ({ ...cover, words: words.get(cover.key) }))
  return coverSamples(deps, actor, wanted)
}

/** All algorithms that belong to the answer, in their order. What costs more is read only of those on its page. */
async function candidatesFor(deps: ShowcaseDeps, asked: Asked): Promise<Candidate[]> {
  const { actor, language } = asked
  const within = visibleRows(actor).services
  const { rows } = await deps.services.services.list({
    within,
    search: null,
    sort: '',
    limit: mostServices,
    offset: 0,
  })
  // Branches that are not merged yet are only for those who work on them.
  const services = rows.filter(({ previewOf }) => previewOf === null)
  const ids = services.map(({ id }) => id)
  const [active, presented] = await Promise.all([
    deps.releases.activeInShowcase(ids),
    deps.presentations.publishedInBrief(ids),
  ])
  return services
    .flatMap((service): Candidate[] => {
      const release = active.get(service.id)
      const presentation = presented.get(service.id) ?? emptyPresentation
      return release ? [{ service, release, presentation }] : []
    })
    .filter((shown) => matches(shown, asked))
    .map((shown) => {
      const service = { name: ownName(shown.service, language) }
      return { ...shown, order: orderOf(shown), name: nameOf({ ...shown, service }, language) }
    })
    .toSorted((a, b) => a.order - b.order || a.name.localeCompare(b.name, language))
}

/**
 * Takes from cards what they cannot draw yet: covers and results whose media files have no form for pages so far, as those of a
 * package that has just been deployed.
 */
async function withoutUnfinished(
  { assets }: Pick<ShowcaseDeps, 'assets'>,
  items: readonly ShowcaseItem[],
): Promise<ShowcaseItem[]> {
  const shown = items.map((item) => ({ item, drawn: item.sample ? assetIdsIn(drawnOf(item.sample)) : [] }))
  const unfinished = await assets.unfinished(
    shown.flatMap(({ item, drawn }) => [
      ...drawn,
      ...(item.cover_asset_id === null ? [] : [item.cover_asset_id]),
    ]),
  )
  return shown.map(({ item, drawn }) => ({
    ...item,
    sample: drawn.some((id) => unfinished.has(id)) ? null : item.sample,
    cover_asset_id: unfinished.has(item.cover_asset_id ?? '') ? null : item.cover_asset_id,
  }))
}

const drawnOf = ({ input, data, more }: NonNullable<ShowcaseItem['sample']>): Json => [
  input,
  data,
  ...more.map((output) => output.data),
]

/** The algorithms of the showcase: services that have served at least once, each with a real result, in their order. */
export async function listShowcase(
  deps: ShowcaseDeps,
  input: Asked,
): Promise<{ items: ShowcaseItem[]; total: number }> {
  const { actor, language, query } = input
  const found = await candidatesFor(deps, input)
  const from = (query.page - 1) * query.page_size
  const chosen = found.slice(from, from + query.page_size)
  const ids = chosen.map(({ service }) => service.id)
  const state = { ids, q: '', sort: '', page: 1, page_size: Math.max(1, ids.length) }
  const { items: services } = await listServices(deps.services, { actor, language, query: state })
  const byId = new Map(services.map((service) => [service.id, service]))
  // One that was deleted meanwhile has no state.
  const page = chosen.flatMap(({ service: { id }, release, presentation }): Shown[] => {
    const service = byId.get(id)
    return service ? [{ service, release, presentation }] : []
  })
  const samples = await samplesOf(deps, { actor, language, page })
  const items = page.map((shown) => itemOf(shown, samples.get(shown.service.id) ?? null, language))
  return { items: await withoutUnfinished(deps, items), total: found.length }
}
