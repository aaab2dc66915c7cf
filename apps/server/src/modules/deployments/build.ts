import { chmod, lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hasCode } from '../../lib/code-of-error.ts'
import { ifThere } from '../../lib/if-there.ts'
import type { Manifest } from '@vitrine/contract'
import { wordsOf, type LocalisedText, type Words } from '../../lib/words.ts'
import { applyEdits, type TextEdit } from '../algorithms/recognition/launch/text-edit.ts'
import { copyBuilt } from '../environments/built-files.ts'
import type { Environment } from '../environments/environments.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import { beginBuildLog } from '../releases/build-log.ts'
import { viewFolder } from '../sources/package-view.ts'
import type { Deploy, DeployDeps } from './deploy.types.ts'
import { keptFolder, scaffold, type ScaffoldFile } from './scaffold.ts'
import { writeSharedConfig, type SharedConfigDeps } from './shared-config.ts'

const fromCache = { zh: '使用缓存的运行环境', en: 'used the cached environment' }
const madeNow = { zh: '运行环境已建立', en: 'the environment was created' }

/** Step fetch: puts the package of the commit into the release's folder. */
export async function fetchCode(
  deps: Pick<DeployDeps, 'codeHost'>,
  deploy: Deploy,
): Promise<{ message: LocalisedText; value: null }> {
  const { folder, release, service } = deploy
  // A step may be repeated after a restart, so files of an earlier attempt are not trusted.
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await deps.codeHost.checkout({
    algorithmId: service.algorithmId,
    commit: release.commit,
    folder,
    signal: deploy.context.signal,
  })
  return { message: release.commit.slice(0, 8), value: null }
}

/** Leads a package to its environment. */
export async function useEnvironment(
  { built, links, mostBytes }: Pick<Environment, 'built' | 'links' | 'mostBytes'>,
  folder: string,
): Promise<void> {
  if (built !== null) await copyBuilt(built, folder, mostBytes)
  for (const { name, target } of links) {
    await rm(join(folder, name), { recursive: true, force: true })
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await symlink(target, join(folder, name))
  }
}

/** What installing the dependencies of a release needs. */
export type InstallDeps = Pick<DeployDeps, 'paths'> & {
  releases: Pick<DeployDeps['releases'], 'update' | 'keepLock'>
  environments: Pick<DeployDeps['environments'], 'prepare'>
  recogniser: Pick<DeployDeps['recogniser'], 'readRequirements'>
}

/** A release whose dependencies are installed. `packageFolder` has its package as it was uploaded. */
export type Installed = {
  service: Pick<Deploy['service'], 'id' | 'ownerId'>
  release: Pick<Deploy['release'], 'number' | 'manifest'>
  folder: string
  packageFolder: string
  context: Pick<Deploy['context'], 'signal'>
}

/**
 * Step environment: installs what the package needs, unless that environment already exists, and links the
 * release to it.
 */
export async function prepareEnvironment(
  deps: InstallDeps,
  { folder, packageFolder, release, service, context }: Installed,
  report: (message: LocalisedText) => Promise<void>,
): Promise<{ message: LocalisedText; skipped?: boolean; value: null }> {
  const log = await beginBuildLog(serviceFolders(deps.paths, service.id).buildLog(release.number))
  const environment = await deps.environments
    .prepare({
      manifest: release.manifest,
      packageFolder,
      owner: service.ownerId,
      readRequirements: (view, place) => deps.recogniser.readRequirements(service.ownerId, view, place),
      report: (message) => {
        log.write(`— ${wordsOf(message).en}`)
        return report(message)
      },
      log: log.write,
      signal: context.signal,
    })
    .finally(log.close)
  if (!environment)
    return { message: { zh: '无需安装依赖', en: 'nothing to install' }, skipped: true, value: null }
  await useEnvironment(environment, folder)
  const { hash, lock } = environment
  await deps.releases.update(service.id, release.number, {
    environmentHash: hash,
    environmentSha256: lock?.sha256 ?? null,
  })
  // After that, because a list that no release has is deleted.
  if (lock) await deps.releases.keepLock(lock)
  return { message: environment.cached ? fromCache : madeNow, value: null }
}

async function writeScaffold(folder: string, files: readonly ScaffoldFile[]): Promise<void> {
  for (const file of files) await writeFile(join(folder, file.path), file.content, { mode: file.mode })
}

/** Changes the places in this copy that name a folder or port of another machine. Resolves with the changed files. */
async function adaptLaunch(folder: string, edits: readonly TextEdit[]): Promise<string[]> {
  const paths = [...new Set(edits.map(({ path }) => path))]
  for (const path of paths) {
    const file = join(folder, path)
    const own = edits.filter((edit) => edit.path === path)
    await writeFile(file, applyEdits(await readFile(file, 'utf8'), own))
  }
  return paths
}

/** Whether something above a path is no folder of the release: the link to the shared environment, or a file. */
async function leavesRelease(folder: string, path: string): Promise<boolean> {
  const parts = path.split('/')
  for (let count = 1; count < parts.length; count++) {
    const above = await ifThere(lstat(join(folder, ...parts.slice(0, count))))
    if (above === null) return false
    if (!above.isDirectory()) return true
  }
  return false
}

/**
 * Links the folders and files that the package's program writes to, to the work folder of its service: a release can only be read. A
 * folder that the package brings itself stays as it is, and so does the environment, which other services share. A link is always one of
 * ours, because a package has none; it is made anew, as the data folder may have moved.
 */
export async function linkKeptFolders(
  folder: string,
  work: string,
  { launch }: Pick<Manifest, 'launch'>,
): Promise<void> {
  for (const path of [...(launch?.writes ?? []), ...(launch?.writes_files ?? [])]) {
    if (await leavesRelease(folder, path)) continue
    const at = join(folder, path)
    await mkdir(dirname(at), { recursive: true })
    if ((await ifThere(lstat(at)))?.isSymbolicLink()) await rm(at)
    await symlink(join(work, keptFolder(path)), at).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error
    })
  }
}

/** Describes what the step did to the package. */
function configuredWords(added: readonly string[], adapted: readonly string[]): Words {
  const also = { zh: `，改写了 ${adapted.join('、')}`, en: `, changed ${adapted.join(', ')}` }
  return {
    zh: `平台补充了 ${added.join('、')}${adapted.length > 0 ? also.zh : ''}`,
    en: `added ${added.join(', ')}${adapted.length > 0 ? also.en : ''}`,
  }
}

/** Step configure: completes the package to the standard layout and checks what it shows. */
export async function configure(
  deps: SharedConfigDeps & Pick<DeployDeps, 'examples' | 'recogniser' | 'runtimeRequirements'>,
  deploy: {
    folder: string
    release: Pick<Deploy['release'], 'manifest' | 'number' | 'commit'>
    service: Pick<Deploy['service'], 'id' | 'algorithmId' | 'ownerId'>
  },
  { inImage = false }: { inImage?: boolean } = {},
): Promise<{ message: LocalisedText; value: null }> {
  const { folder, release, service } = deploy
  const { number, manifest } = release
  await deps.examples.check({ algorithmId: service.algorithmId, manifest })
  const brings = new Set(await readdir(folder))
  const view = await viewFolder(folder)
  const edits = await deps.recogniser.readEdits(service.ownerId, view, manifest)
  const adapted = await adaptLaunch(folder, edits)
  const files = scaffold({
    manifest,
    serviceId: service.id,
    release: number,
    commit: release.commit,
    brings,
    inImage,
    runtimeRequirements: deps.runtimeRequirements,
  })
  await writeScaffold(folder, files)
  // They are made by the start script of the platform.
  if (!brings.has('start.sh'))
    await linkKeptFolders(folder, serviceFolders(deps.paths, service.id).work, manifest)
  // A package may contain a start.sh that lost its executable bit in an archive.
  await chmod(join(folder, 'start.sh'), 0o755)
  await writeSharedConfig(deps)
  const added = files.map((file) => file.path)
  return { message: configuredWords(added, adapted), value: null }
}

const noModels = { message: { zh: '没有模型文件', en: 'no model files' }, skipped: true, value: null }
const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(1)

/**
 * Step models: puts the model files into the release. It comes after all steps that write into the files of the release,
 * because these files are not copies.
 */
export async function placeModels(
  deps: Pick<DeployDeps, 'modelFiles'>,
  { folder, release, service, context }: Deploy,
  report: (message: LocalisedText) => Promise<void>,
): Promise<{ message: LocalisedText; skipped?: boolean; value: null }> {
  const { algorithmId, ownerId: serviceOwnerId } = service
  const { manifest } = release
  const { signal } = context
  const wanted = { algorithmId, manifest, serviceOwnerId }
  const { count, bytes } = await deps.modelFiles.place({ ...wanted, folder, signal, report })
  if (count === 0) return noModels
  const size = megabytes(bytes)
  return {
    message: {
      zh: `${count} 个模型文件，共 ${size} MB，未复制`,
      en: `${count} model file(s), ${size} MB, not copied`,
    },
    value: null,
  }
}
