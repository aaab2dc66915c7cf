import {
  emptyPresentation,
  lineIn,
  localTextIn,
  textIn,
  type ListQuery,
  type Service,
  type ShowcaseItem,
} from '@vitrine/contract'
import { platformActor, type Actor } from '../../lib/actor.ts'
import type { Language } from '../../lib/errors.ts'
import type { BriefPresentation } from '../presentations/presentations.repository.ts'
import type { ShowcaseRelease } from '../releases/showcase-releases.repository.ts'
import { stageWayBy } from '../releases/stage-way.ts'
import type { CoverRun } from '../runs/history/samples.repository.ts'
import { listServices } from '../service-status/service-status.usecases.ts'
import { largestWords } from './cover-sample.ts'
import { coverSamples } from './cover-samples.ts'
import type { ShowcaseDeps } from './showcase.usecases.ts'

const mostServices = 500

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
function searchedText({ service, release, presentation }: Shown): string {
  const { name, description, translations } = release.manifest
  const { title, line, tags } = presentation
  const written = [name, description]
  const translated = written.flatMap((text) => [
    textIn(translations, 'zh')(text),
    textIn(translations, 'en')(text),
  ])
  return [service.id, service.name, ...written, ...translated, title.zh, title.en, line.zh, line.en, ...tags]
    .join('\n')
    .toLowerCase()
}

/** Whether an algorithm belongs to the answer: it is of the task, has every word, and is not hidden from the reader. */
function matches(shown: Shown, query: { q: string; task?: string | undefined }): boolean {
  const { service, release, presentation } = shown
  if (presentation.hidden && !service.may_operate) return false
  if (query.task !== undefined && (presentation.task || release.manifest.task) !== query.task) return false
  const words = query.q.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const text = searchedText(shown)
  return words.every((word) => text.includes(word))
}

const orderOf = ({ presentation }: Shown): number => presentation.order ?? Infinity

const nameOf = (
  { service, presentation }: Pick<Shown, 'service' | 'presentation'>,
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

/** The algorithms of the showcase: services that have served at least once, each with a real result, in their order. */
export async function listShowcase(
  deps: ShowcaseDeps,
  input: { actor: Actor; language: Language; query: ListQuery & { task?: string | undefined } },
): Promise<{ items: ShowcaseItem[]; total: number }> {
  const { actor, language, query } = input
  const all = { ...query, q: '', page: 1, page_size: mostServices }
  const { items: services } = await listServices(deps.services, { actor, language, query: all })
  const ids = services.map((service) => service.id)
  const [active, presented] = await Promise.all([
    deps.releases.activeInShowcase(ids),
    deps.presentations.publishedInBrief(ids),
  ])
  const found = services
    .flatMap((service): Shown[] => {
      const release = active.get(service.id)
      const presentation = presented.get(service.id) ?? emptyPresentation
      // Branches that are not merged yet are only for those who work on them.
      return release && service.preview === null ? [{ service, release, presentation }] : []
    })
    .filter((shown) => matches(shown, query))
    .map((shown) => ({ ...shown, order: orderOf(shown), name: nameOf(shown, language) }))
    .toSorted((a, b) => a.order - b.order || a.name.localeCompare(b.name, language))
  const from = (query.page - 1) * query.page_size
  const page = found.slice(from, from + query.page_size)
  const samples = await samplesOf(deps, { actor, language, page })
  const items = page.map((shown) => itemOf(shown, samples.get(shown.service.id) ?? null, language))
  return { items, total: found.length }
}
