import { isDeepStrictEqual } from 'node:util'
import {
  inLanguage,
  textIn,
  type GalleryItem,
  type Json,
  type ListQuery,
  type Manifest,
  type Stage,
} from '@vitrine/contract'
import { platformActor, type Actor } from '../../lib/actor.ts'
import type { Language } from '../../lib/errors.ts'
import { mayBeShownBy } from '../../lib/policy.ts'
import { translatedWords } from '../../lib/words.ts'
import type { AssetsDeps } from '../assets/assets.deps.ts'
import { importPackageFile } from '../assets/assets.store.ts'
import type { ReleasesRepository, StoredRelease } from '../releases/releases.repository.ts'
import { packageFile, takesMedia } from '../deployments/verify.ts'
import type { PackageExamples } from '../deployments/deploy.types.ts'
import { exampleMediaRefused, releaseNotFound } from '../releases/releases.errors.ts'
import type { RunSamplesRepository } from '../runs/run-samples.repository.ts'
import { assetIdsIn, releaseThatServed } from '../runs/runs.usecases.ts'
import { coverSample } from './cover-sample.ts'
import { getService, listServices, type ReadServicesDeps } from '../service-status/service-status.usecases.ts'

/** What showing needs. */
export type ShowcaseDeps = {
  services: ReadServicesDeps
  releases: ReleasesRepository
  runSamples: RunSamplesRepository
}

const mostServices = 500

/** The algorithms of the gallery: services that have served at least once, each with a real result. */
export async function gallery(
  deps: ShowcaseDeps,
  input: { actor: Actor; language: Language; query: ListQuery & { task?: string | undefined } },
): Promise<{ items: GalleryItem[]; total: number }> {
  const { actor, language, query } = input
  const { items: services } = await listServices(deps.services, {
    actor,
    language,
    query: { ...query, page: 1, page_size: mostServices },
  })
  const ids = services.map((service) => service.id)
  const [active, samples] = await Promise.all([
    deps.releases.active(ids),
    deps.runSamples.newestGood(ids, platformActor.id),
  ])
  const shown = services.flatMap((service): GalleryItem[] => {
    const release = active.get(service.id)
    if (!release || (query.task !== undefined && release.manifest.task !== query.task)) return []
    const sample = samples.get(service.id)
    return [
      {
        service_id: service.id,
        name: service.name,
        description: textIn(release.manifest.translations, language)(release.manifest.description),
        task: release.manifest.task,
        status: service.status,
        health: service.health,
        cover_asset_id: release.coverAssetId,
        sample: sample ? coverSample(sample.inputData[0] ?? null, sample.result) : null,
      },
    ]
  })
  const from = (query.page - 1) * query.page_size
  return { items: shown.slice(from, from + query.page_size), total: shown.length }
}

/** For each demo input its newest successful run by the platform, if there is one. */
export async function samplesOf(
  { runSamples }: Pick<ShowcaseDeps, 'runSamples'>,
  serviceId: string,
  examples: Stage['examples'],
): Promise<Stage['samples']> {
  const made = await runSamples.goodInputs(serviceId, platformActor.id)
  return examples.flatMap(({ input_data, parameters }, example) => {
    // The same input with other parameters is another result.
    const run = made.find(
      (each) =>
        isDeepStrictEqual(each.inputData, input_data) && isDeepStrictEqual(each.parameters, parameters),
    )
    return run ? [{ example, run_id: run.id }] : []
  })
}

async function releaseOnStage(
  deps: Pick<ShowcaseDeps, 'releases'>,
  service: { id: string },
  number: number | undefined,
): Promise<StoredRelease> {
  if (number !== undefined) return releaseThatServed(deps, service, number)
  const release = (await deps.releases.active([service.id])).get(service.id)
  if (!release) throw releaseNotFound({ service_id: service.id, release: 0 })
  return release
}

/**
 * Everything that a service's stage needs: of its active release, or of an earlier `release`, with its own
 * parameters and demo inputs. Recorded results are those of the active release.
 */
export async function stageOf(
  deps: ShowcaseDeps,
  input: { actor: Actor; language: Language; id: string; release?: number | undefined },
): Promise<Stage> {
  const service = await getService(deps.services, input)
  const release = await releaseOnStage(deps, service, input.release)
  const { status, health, reason, url, path, auth } = service
  const { examples, number } = release
  const manifest = inLanguage(release.manifest, input.language)
  const say = textIn(release.manifest.translations, input.language)
  const samples = input.release === undefined ? await samplesOf(deps, service.id, examples) : []
  return {
    service_id: service.id,
    name: service.name,
    description: manifest.description,
    status,
    health,
    reason,
    url,
    path,
    auth,
    release: number,
    manifest,
    samples,
    examples: examples.map((example) => ({ ...example, name: say(example.name) })),
  }
}

const assetIdOf = (element: Json | undefined): string | null =>
  typeof element === 'object' &&
  element !== null &&
  !Array.isArray(element) &&
  typeof element.asset_id === 'string'
    ? element.asset_id
    : null

type ImporterDeps = AssetsDeps & {
  /** The owner of an algorithm. Null if the algorithm is gone. */
  ownerOf: (algorithmId: string) => Promise<string | null>
}

/**
 * Throws `deploy.example_media` if a demo input names a media file that the algorithm may not show: stages and
 * share links show demo inputs to people who may not read that file themselves.
 */
async function refuseHiddenMedia(deps: ImporterDeps, algorithmId: string, manifest: Manifest): Promise<void> {
  const ownerId = await deps.ownerOf(algorithmId)
  for (const { name, input_data: inputData } of manifest.examples)
    for (const id of new Set(assetIdsIn(inputData))) {
      const asset = await deps.assets.get(id)
      if (!asset || ownerId === null || !mayBeShownBy({ ownerId }, asset))
        throw exampleMediaRefused({ example: translatedWords(manifest.translations, name), asset_id: id })
    }
}

/** Makes assets of the platform from what a package shows. Elements that are not files of the package stay as they are. */
export const createPackageExamples = (deps: ImporterDeps): PackageExamples => ({
  check: ({ algorithmId, manifest }) => refuseHiddenMedia(deps, algorithmId, manifest),
  async keep({ algorithmId, manifest, packageFolder }) {
    await refuseHiddenMedia(deps, algorithmId, manifest)
    const keep = async (name: string, origin: 'example' | 'cover'): Promise<string | null> => {
      const path = await packageFile(packageFolder, name)
      return path === null ? null : (await importPackageFile(deps, { actor: platformActor, path, origin })).id
    }
    const element = async (given: Json): Promise<Json> => {
      const id = typeof given === 'string' ? await keep(given, 'example') : null
      return id === null ? given : { asset_id: id }
    }
    const examples = []
    for (const example of manifest.examples) {
      const inputs = takesMedia(manifest)
        ? await Promise.all(example.input_data.map(element))
        : example.input_data
      const preview = assetIdOf(inputs[0])
      examples.push({
        name: example.name,
        input_data: inputs,
        parameters: example.parameters ?? {},
        preview_asset_id: preview,
      })
    }
    return { examples, coverAssetId: manifest.cover === null ? null : await keep(manifest.cover, 'cover') }
  },
})
