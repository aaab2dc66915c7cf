import type { StepOf } from '@vitrine/contract'
import type { LocalisedText, Words } from '../../lib/words.ts'
import { registryNeeded } from '../images/images.errors.ts'
import { publishImage } from '../images/image-registry.ts'
import { buildImage, planImage, type ImageOf, type ImagePlanned } from '../images/prepare-image.ts'
import type { StoredImage } from '../images/stored-image.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import { beginBuildLog } from '../releases/build-log.ts'
import { configure } from './build.ts'
import type { TaskContext } from '../tasks/task-kind.ts'
import type { Deploy, DeployDeps, DeployInput } from './deploy.types.ts'

const builtWords = ({ id, published }: StoredImage, steps: number, cached: number): Words => {
  const name = id.replace('sha256:', '').slice(0, 12)
  const [zh, en] =
    published === undefined ? ['', ''] : [`，已推送到 ${published}`, `; pushed to ${published}`]
  return {
    zh: `镜像 ${name}，${steps} 步中 ${cached} 步来自缓存${zh}`,
    en: `image ${name}; ${cached} of ${steps} steps were cached${en}`,
  }
}

/** The release as its image knows it. */
const imageOf = (deps: DeployDeps, { folder, release, service }: Deploy): ImageOf => ({
  folder,
  commit: release.commit,
  manifest: release.manifest,
  release: release.number,
  work: serviceFolders(deps.paths, service.id).work,
  serviceId: service.id,
  algorithmId: service.algorithmId,
})

/** Makes the image of a package that is complete, and sends it to the registry of the settings. Stores which one it is. */
async function build(
  deps: DeployDeps,
  deploy: Deploy,
  planned: ImagePlanned,
  report: (message: LocalisedText) => Promise<void>,
): Promise<{ message: Words; value: StoredImage }> {
  const { release, service, context } = deploy
  const { images } = deps
  const of = imageOf(deps, deploy)
  const log = await beginBuildLog(serviceFolders(deps.paths, service.id).buildLog(release.number))
  const waiter = { signal: context.signal, log: log.write, report }
  const make = async () => {
    const { image, ...counts } = await buildImage(images, of, planned, waiter)
    return { image: await publishImage(images, of, image, waiter), ...counts }
  }
  const { image, steps, cached } = await make().finally(log.close)
  // It was unset after the deploy was asked for, or did not say which digest the image has there.
  if (release.config.mode === 'kubernetes' && image.published === undefined)
    throw registryNeeded({ field: 'mode' })
  await deps.releases.update(service.id, release.number, { image })
  return { message: builtWords(image, steps, cached), value: image }
}

/**
 * Steps configure and environment of a release that runs in a container: the package is complete before it is copied into its
 * image. Resolves with the deploy that goes on.
 */
export async function imageSteps(
  deps: DeployDeps,
  deploy: Deploy,
  step: TaskContext<DeployInput, StepOf<'service.deploy'>>['step'],
): Promise<Deploy> {
  const { images, recogniser } = deps
  const { ownerId } = deploy.service
  const planned = await step('configure', async () => {
    const value = await planImage(images, imageOf(deps, deploy), (view, place) =>
      recogniser.readRequirements(ownerId, view, place),
    )
    const { message } = await configure(deps, deploy, { inImage: true })
    return { message, value }
  })
  const image = await step('environment', (report) => build(deps, deploy, planned, report))
  return { ...deploy, release: { ...deploy.release, image } }
}
