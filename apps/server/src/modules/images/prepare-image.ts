import { join } from 'node:path'
import { baseImagePairs, usesRuntime, type Manifest } from '@vitrine/contract'
import type { BuildImage, ImageDaemon } from '../../adapters/docker/image-daemon.ts'
import { registryOf } from '../../adapters/docker/image-reference.ts'
import { dockerUnavailable } from '../../adapters/process-runner/process-runner.errors.ts'
import type { ReadRequirements } from '../environments/python-dependencies.ts'
import { viewFolder } from '../sources/package-view.ts'
import { contextStream, entriesBelow, type ContextEntry } from './build-context.ts'
import { withinDiskOfImage, type ImageDisk } from './build-disk.ts'
import { dockerfileOf } from './dockerfile.ts'
import { buildListener, imageFailure, type ImageWaiter } from './build-report.ts'
import type { RegistryDeps } from './image-registry.ts'
import type { StoredImage } from './stored-image.ts'
import { contextFolders, timeOfCommit } from './image-layout.ts'
import { labelsOf, tagOf } from './image-names.ts'
import { packageImage, type ContextPart, type PackageImage } from './image-recipe.ts'
import { dockerfileRefused, dockerfileWithoutCommand } from './images.errors.ts'
import { refusedLine } from './dockerfile-lines.ts'
import { basesOf, refusedLines, tooLong, withTriggers } from './own-dockerfile.ts'
import { sentPaths } from './sent-paths.ts'

/** What making images needs of the machine and of the settings. */
export type ImagesDeps = {
  daemon: ImageDaemon
  /** Tells the images of this platform from those of others on the same daemon. */
  platform: string
  /** The folder with the runtimes, `python` and `node`. */
  runtimesFolder: string
  runtimeRequirements: string
  baseImages: () => readonly string[]
  /** The images that a package's own Dockerfile may name; null for all. */
  dockerfileImages: () => readonly string[] | null
  registries: () => { pip: string | null; npm: string | null }
  /** The network of builds, as the daemon names it. */
  network: () => string
  limits: BuildImage['limits']
  disk: ImageDisk
  timeoutMs: number
} & RegistryDeps

/** A release of which an image is made. */
export type ImageOf = {
  folder: string
  /** The folder that its program writes to. Links to it are not a part of the code. */
  work: string
  serviceId: string
  release: number
  algorithmId: string
  commit: string
  manifest: Manifest
}

/** How the image of a package is made; null if its own Dockerfile says it. */
export type ImagePlanned = PackageImage | null

const ownFile = 'Dockerfile'
/** Says which release it is; see `scaffold.ts`. */
const releaseFile = 'vitrine.json'

/** A part of the context with files of the package, in a folder of its own. */
async function partEntries(folder: string, name: string, part: ContextPart): Promise<ContextEntry[]> {
  const found = (await Promise.all(part.paths.map((path) => entriesBelow(folder, path)))).flat()
  return [
    ...Object.entries(part.files).map(([path, text]) => ({ path: `${name}/${path}`, text })),
    ...found.flatMap(({ path, isExecutable, link }) =>
      link === null ? [{ path: `${name}/${path}`, isExecutable, file: join(folder, path) }] : [],
    ),
  ]
}

/** The code, and apart from it what is different in each release: which one it is, and links out of the image. */
async function releaseEntries({ folder, work, manifest }: ImageOf): Promise<ContextEntry[]> {
  const models = new Set((manifest.models ?? []).map(({ path }) => path))
  const entries: ContextEntry[] = [...models].map((path) => ({
    path: `${contextFolders.release}/${path}`,
    // Not copied into the image: the folder of the release is mounted with them.
    link: join(folder, path),
  }))
  for (const { path, isExecutable, link } of await entriesBelow(folder)) {
    if (models.has(path)) continue
    const isOfRelease = path === releaseFile || link?.startsWith(`${work}/`) === true
    const at = `${isOfRelease ? contextFolders.release : contextFolders.app}/${path}`
    entries.push(link === null ? { path: at, isExecutable, file: join(folder, path) } : { path: at, link })
  }
  return entries
}

/** The runtimes, without what Python has compiled beside its files. */
async function runtimeEntries(folder: string): Promise<ContextEntry[]> {
  const found = await entriesBelow(folder)
  return found
    .filter(({ path, link }) => link === null && !/(^|\/)__pycache__\//.test(path))
    .map(({ path, isExecutable }) => ({
      path: `${contextFolders.runtimes}/${path}`,
      isExecutable,
      file: join(folder, path),
    }))
}

/** The context of an image that the platform describes itself. */
async function plannedContext(
  { runtimesFolder, platform }: ImagesDeps,
  of: ImageOf,
  image: PackageImage,
): Promise<ContextEntry[]> {
  const { folder } = of
  const runs = await Promise.all(
    image.run.map((part, index) => partEntries(folder, contextFolders.run(index), part)),
  )
  return [
    { path: ownFile, text: dockerfileOf(image.recipe, labelsOf(platform, of)) },
    ...runs.flat(),
    ...(await partEntries(folder, contextFolders.python, image.python)),
    ...(await partEntries(folder, contextFolders.node, image.node)),
    ...(await runtimeEntries(runtimesFolder)),
    ...(await releaseEntries(of)),
  ]
}

/**
 * Whether the image of a package is built from its own Dockerfile: if it brings one, and the platform's runtime does not serve
 * it. Pure.
 */
const bringsImage = (manifest: Pick<Manifest, 'form'>, paths: ReadonlySet<string>): boolean =>
  !usesRuntime(manifest) && paths.has(ownFile)

/** What a builder needs whatever the package leaves out of its context. */
const alwaysSent: ReadonlySet<string> = new Set([ownFile, '.dockerignore'])

/** The context of a package with its own Dockerfile, without what its `.dockerignore` names. */
async function ownContext({ folder }: ImageOf, signal: AbortSignal): Promise<ContextEntry[]> {
  const view = await viewFolder(folder)
  const patterns = (await view.readText('.dockerignore')) ?? ''
  const entries = await entriesBelow(folder)
  const sent = await sentPaths({ patterns, paths: entries.map(({ path }) => path) }, signal)
  return (
    entries
      // Otherwise, what is different in each release would make Docker repeat the copy of the whole package.
      .filter(({ path }) => path !== releaseFile && (alwaysSent.has(path) || sent.has(path)))
      .map(({ path, isExecutable, link }) =>
        link === null ? { path, isExecutable, file: join(folder, path) } : { path, link },
      )
  )
}

/** The registries that the settings name. */
async function namedRegistries({ registry, baseImages, dockerfileImages }: ImagesDeps): Promise<string[]> {
  const place = (await registry())?.place
  const bases = baseImagePairs(baseImages()).map(([, name]) => name)
  const names = [...(place === undefined ? [] : [`${place}/`]), ...bases, ...(dockerfileImages() ?? [])]
  return names.filter((name) => name.includes('/')).map(registryOf)
}

/**
 * Reads how the image of a release is made, from the files of the package as they came: what the platform adds to them would be read as
 * the package's own. Throws `deploy.dockerfile_refused` and `deploy.system_package_invalid`.
 */
export async function planImage(
  deps: ImagesDeps,
  { folder, manifest }: ImageOf,
  readRequirements: ReadRequirements,
): Promise<ImagePlanned> {
  const view = await viewFolder(folder)
  if (!bringsImage(manifest, new Set(view.files.map(({ path }) => path))))
    return packageImage({
      manifest,
      folder,
      readRequirements,
      runtimeRequirements: deps.runtimeRequirements,
      baseImages: deps.baseImages(),
      registries: deps.registries(),
    })
  const text = await view.readText(ownFile)
  // A file that is not read must not be built.
  if (text === null) throw dockerfileRefused({ line: 1, text: '', why: tooLong })
  const rules = { registries: await namedRegistries(deps), allowed: deps.dockerfileImages() }
  const [refused] = refusedLines(text, rules)
  if (refused) throw dockerfileRefused(refused)
  return null
}

/** The folders that a Dockerfile of the platform copies. A line that copies one fails without it. */
const foldersOf = (image: ImagePlanned): string[] => {
  const { python, node, runtimes, app, release, run } = contextFolders
  return image === null
    ? []
    : [python, node, runtimes, app, release, ...image.run.map((_part, index) => run(index))]
}

/**
 * Looks at what the package's own Dockerfile is based on, and fetches what is not here. An image can have instructions of its own run in
 * every build that is based on it (`ONBUILD`), and nobody has judged those. Throws `deploy.dockerfile_refused`, `deploy.image_failed`.
 */
async function needPlainBases(deps: ImagesDeps, { folder }: ImageOf, waiter: ImageWaiter): Promise<void> {
  const text = (await (await viewFolder(folder)).readText(ownFile)) ?? ''
  for (const { name, platform, instruction } of basesOf(text)) {
    const end = await deps.daemon.triggersOf({
      name,
      platform,
      timeoutMs: deps.timeoutMs,
      signal: waiter.signal,
      onLine: waiter.log,
    })
    waiter.signal.throwIfAborted()
    if (!end.told) {
      if (end.why === 'away') throw dockerUnavailable({ why: end.said })
      const failed = {
        built: false,
        why: end.why === 'refused' ? 'failed' : end.why,
        said: end.said,
      } as const
      throw imageFailure(failed, { step: `FROM ${name}`, lines: [] }, deps.network())
    }
    if (end.triggers.length > 0) throw dockerfileRefused(refusedLine(instruction, withTriggers))
  }
}

/**
 * Makes the image of a release whose folder is complete, but for the files of models. A step whose inputs are those of an earlier
 * build is not run again. Throws `deploy.image_failed` with the step and its last lines.
 */
export async function buildImage(
  deps: ImagesDeps,
  of: ImageOf,
  planned: ImagePlanned,
  waiter: ImageWaiter,
): Promise<{ image: StoredImage; steps: number; cached: number }> {
  if (planned === null) await needPlainBases(deps, of, waiter)
  const entries =
    planned === null ? await ownContext(of, waiter.signal) : await plannedContext(deps, of, planned)
  const { onSaying, count, last } = buildListener(waiter)
  const network = deps.network()
  const end = await withinDiskOfImage({ ...deps, waiter, last }, (watched) =>
    deps.daemon.build({
      context: contextStream(entries, foldersOf(planned), timeOfCommit(of.commit)),
      dockerfile: ownFile,
      tag: tagOf(deps.platform, of),
      // The builder makes a step of each. The platform’s own Dockerfile has them in one.
      labels: planned === null ? labelsOf(deps.platform, of) : {},
      network,
      limits: deps.limits,
      // The administrator chooses what the platform's own are based on.
      runsTriggers: planned !== null,
      timeoutMs: deps.timeoutMs,
      onSaying,
      ...watched,
    }),
  )
  waiter.signal.throwIfAborted()
  if (!end.built)
    throw end.why === 'away' ? dockerUnavailable({ why: end.said }) : imageFailure(end, last(), network)
  if (end.command.length === 0) throw dockerfileWithoutCommand({})
  const { id, command, folder } = end
  return { image: { id, command, folder, isOwn: planned === null }, steps: count.steps, cached: count.cached }
}
