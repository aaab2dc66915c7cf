import {
  inLanguage,
  lineIn,
  localTextIn,
  run as runForm,
  textIn,
  usesRuntime,
  type Presentation,
  type Service,
  type Stage,
} from '@vitrine/contract'
import type { z } from 'zod'
import { platformActor, type Actor } from '../../lib/actor.ts'
import type { Hold } from '../../lib/memory-budget.ts'
import type { Language } from '../../lib/errors.ts'
import type { AssetsRepository } from '../assets/assets.repository.ts'
import { assetIdsIn } from '../assets/asset-ids.ts'
import type { PresentationsRepository } from '../presentations/presentations.repository.ts'
import { takeTexts, takeValues, type ReadingMemory } from '../quotas/reading-memory.ts'
import { releaseNotFound } from '../releases/releases.errors.ts'
import type { ReleasesRepository, StoredRelease } from '../releases/releases.repository.ts'
import { appPageOf, mayBeMapped, stageWay } from '../releases/stage-way.ts'
import type { RunSamplesRepository } from '../runs/history/samples.repository.ts'
import { releaseThatServed } from '../runs/admission/plan-run.ts'
import { getService, type ReadServicesDeps } from '../service-status/service-status.usecases.ts'
import type { CoverCache } from './cover-cache.ts'
import { exampleName } from './example-name.ts'
import { presentedManifest } from './presented-manifest.ts'

/** What showing needs. */
export type ShowcaseDeps = {
  services: ReadServicesDeps
  releases: ReleasesRepository
  runSamples: RunSamplesRepository
  /** The memory that everybody reads in. */
  reading: ReadingMemory
  covers: CoverCache
  /** Examples without a name are called after their files. Covers wait for the forms of theirs. */
  assets: Pick<AssetsRepository, 'namesOf' | 'unfinished'>
  presentations: Pick<PresentationsRepository, 'published' | 'publishedInBrief' | 'presentingRun'>
}

const given = runForm.pick({ input_data: true, parameters: true })

/** Examples of a stage, and the runs that are recorded results of them. */
type Examples = Pick<Stage, 'examples' | 'samples'>

/** For each demo input its newest successful run by the platform, if there is one. */
export async function samplesOf(
  { runSamples }: Pick<ShowcaseDeps, 'runSamples'>,
  serviceId: string,
  examples: Stage['examples'],
): Promise<Stage['samples']> {
  const made = await runSamples.goodRunsOf({ serviceId, createdById: platformActor.id }, examples)
  return examples.flatMap((_input, example) => {
    const run = made.find((each) => each.given.includes(example))
    return run ? [{ example, run_id: run.id }] : []
  })
}

type Given = z.infer<typeof given>

/** What the chosen runs were given, by their ids. Room is taken for it. */
async function givenTo(
  { runSamples }: Pick<ShowcaseDeps, 'runSamples'>,
  { id: serviceId, chosen, reading }: Pick<Asked, 'id' | 'reading'> & { chosen: Presentation['examples'] },
): Promise<Map<string, Given>> {
  const found = await runSamples.chosen(
    serviceId,
    chosen.map(({ run_id }) => run_id),
  )
  await takeTexts(
    reading,
    found.reduce((sum, { bytes }) => sum + bytes, 0),
  )
  const rows = await runSamples.given(found.map(({ id }) => id))
  await takeValues(
    reading,
    rows.flatMap(({ inputData, parameters }) => [inputData, parameters]),
  )
  return new Map(
    rows.map(({ id, inputData: input_data, parameters }) => [
      id,
      given.parse({ input_data: JSON.parse(input_data), parameters: JSON.parse(parameters) }),
    ]),
  )
}

/** The runs that a presentation offers as examples. Those that were deleted are left out. */
async function chosenExamples(
  deps: ShowcaseDeps,
  input: Pick<Asked, 'id' | 'language' | 'reading'> & { chosen: Presentation['examples'] },
): Promise<Examples> {
  const runs = await givenTo(deps, input)
  const found = input.chosen.flatMap(({ name, run_id: id }, place) => {
    const run = runs.get(id)
    return run ? [{ id, run, name, number: place + 1, file: assetIdsIn(run.input_data)[0] ?? null }] : []
  })
  const fileNames = await deps.assets.namesOf(found.flatMap(({ file }) => file ?? []))
  return {
    examples: found.map(({ run, name, number, file }) => {
      const fileName = file === null ? null : (fileNames.get(file) ?? null)
      const example = { name, number, fileName, input: run.input_data }
      return { name: exampleName(example, input.language), ...run, preview_asset_id: file }
    }),
    samples: found.map(({ id }, example) => ({ example, run_id: id })),
  }
}

async function releaseOnStage(
  deps: Pick<ShowcaseDeps, 'releases'>,
  service: { id: string },
  number: number | undefined,
): Promise<StoredRelease> {
  if (number !== undefined) return releaseThatServed(deps, service, number)
  const release = (await deps.releases.active([service.id])).get(service.id)
  if (!release) throw releaseNotFound({ service_id: service.id, release: null })
  return release
}

type Asked = {
  actor: Actor
  language: Language
  id: string
  release?: number | undefined
  /** The room for the inputs of examples, until they were sent. */
  reading: Pick<Hold, 'take'>
}

/** The chosen examples, and then the demo inputs of the package. Only the active release has recorded results. */
async function examplesOnStage(
  deps: ShowcaseDeps,
  asked: Asked,
  { release, shown }: { release: StoredRelease; shown: Presentation },
): Promise<Examples> {
  const say = textIn(release.manifest.translations, asked.language)
  const own = release.examples.map((example) => ({ ...example, name: say(example.name) }))
  if (asked.release !== undefined) return { examples: own, samples: [] }
  const serviceId = asked.id
  const [chosen, samples] = await Promise.all([
    chosenExamples(deps, { ...asked, chosen: shown.examples }),
    samplesOf(deps, serviceId, release.examples),
  ])
  const before = chosen.examples.length
  return {
    examples: [...chosen.examples, ...own],
    samples: [
      ...chosen.samples,
      ...samples.map(({ example, run_id }) => ({ example: example + before, run_id })),
    ],
  }
}

const mayPresent = (actor: Actor, service: Pick<Service, 'may_own'>): boolean =>
  service.may_own && actor.permissions.has('services.operate')

/**
 * Everything that a service's stage needs: of its active release, or of an earlier `release`, with its own
 * parameters and demo inputs, as its published presentation shows them.
 */
export async function stageOf(deps: ShowcaseDeps, input: Asked): Promise<Stage> {
  const { actor, language } = input
  const service = await getService(deps.services, input)
  const release = await releaseOnStage(deps, service, input.release)
  const shown = await deps.presentations.published(service.id)
  const { status, health, reason, url, path, auth } = service
  const way = stageWay(release)
  const manifest = presentedManifest(inLanguage(release.manifest, language), shown, language)
  return {
    service_id: service.id,
    name: localTextIn(shown.title, language, service.name),
    description: manifest.description,
    line: lineIn(shown, manifest.description, language),
    story: localTextIn(shown.story, language),
    tags: shown.tags,
    status,
    health,
    reason,
    url,
    path,
    auth,
    release: release.number,
    way,
    page: appPageOf(service, release.appFacts),
    mapped: release.api !== null,
    operation: service.may_own ? (release.api?.operation ?? null) : null,
    own_server: !usesRuntime(release.manifest),
    asleep: service.asleep,
    may_present: mayPresent(actor, service),
    may_map: service.may_own && mayBeMapped(release),
    manifest,
    ...(await examplesOnStage(deps, input, { release, shown })),
  }
}
