import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Manifest } from '@vitrine/contract'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import type { DataPaths } from '../../lib/paths.ts'
import type { LocalisedText, Words } from '../../lib/words.ts'
import { writeFileAtomically } from '../../lib/write-file-atomically.ts'
import { readLaunch } from '../algorithms/recognition/launch/launch-edits.ts'
import { applyEdits } from '../algorithms/recognition/launch/text-edit.ts'
import { withOwnMain } from '../algorithms/recognition/python-class/own-main.ts'
import { viewFolder, type PackageView } from '../sources/package-view.ts'
import { scaffold, sharedConfig, type ScaffoldFile } from './scaffold.ts'
import type { Deploy, DeployDeps } from './deploy.types.ts'

/** What writing the shared settings needs. */
export type SharedConfigDeps = {
  paths: Pick<DataPaths, 'serviceConfig'>
  records: { services: { all: () => Promise<Parameters<typeof sharedConfig>[0]> } }
}

const fromCache = { zh: '使用缓存的运行环境', en: 'used the cached environment' }
const madeNow = { zh: '运行环境已建立', en: 'the environment was created' }

/** Step fetch: puts the package of the commit into the release's folder. */
export async function fetchCode(
  deps: DeployDeps,
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

/**
 * Step environment: installs what the package needs, unless that environment already exists, and links the
 * release to it.
 */
export async function prepareEnvironment(
  deps: DeployDeps,
  deploy: Deploy,
  report: (message: LocalisedText) => Promise<void>,
): Promise<{ message: LocalisedText; skipped?: boolean; value: null }> {
  const { folder, release, service, context } = deploy
  const environment = await deps.build.environments.prepare({
    manifest: release.manifest,
    packageFolder: folder,
    owner: service.ownerId,
    report,
    signal: context.signal,
  })
  if (!environment)
    return { message: { zh: '无需安装依赖', en: 'nothing to install' }, skipped: true, value: null }
  await rm(join(folder, environment.link.name), { recursive: true, force: true })
  await symlink(environment.link.target, join(folder, environment.link.name))
  await deps.records.releases.update(service.id, release.number, { environmentHash: environment.hash })
  return { message: environment.cached ? fromCache : madeNow, value: null }
}

async function writeScaffold(folder: string, files: readonly ScaffoldFile[]): Promise<void> {
  for (const file of files) await writeFile(join(folder, file.path), file.content, { mode: file.mode })
}

const sharedConfigTurns = keyedQueue()

/**
 * Rewrites the settings that all services share: `config/common.py` and `config/ports.py`. Calls for one folder wait
 * for each other, so that the last one writes the newest list.
 */
export function writeSharedConfig({ paths, records }: SharedConfigDeps): Promise<void> {
  const { serviceConfig: folder } = paths
  return sharedConfigTurns.run(folder, async () => {
    await mkdir(folder, { recursive: true })
    for (const file of sharedConfig(await records.services.all()))
      await writeFileAtomically(join(folder, file.path), file.content, file.mode)
  })
}

/** Changes the places in this copy that name a folder or port of another machine. Resolves with the changed files. */
async function adaptLaunch(folder: string, view: PackageView, manifest: Manifest): Promise<string[]> {
  const { edits } = await readLaunch(view, manifest)
  const paths = [...new Set(edits.map(({ path }) => path))]
  for (const path of paths) {
    const file = join(folder, path)
    const own = edits.filter((edit) => edit.path === path)
    await writeFile(file, applyEdits(await readFile(file, 'utf8'), own))
  }
  return paths
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
  deps: SharedConfigDeps & { build: Pick<DeployDeps['build'], 'examples' | 'runtimeRequirements'> },
  deploy: {
    folder: string
    release: Pick<Deploy['release'], 'manifest' | 'number' | 'commit'>
    service: Pick<Deploy['service'], 'id' | 'algorithmId'>
  },
): Promise<{ message: LocalisedText; value: null }> {
  const { folder, release, service } = deploy
  const { number } = release
  await deps.build.examples.check({ algorithmId: service.algorithmId, manifest: release.manifest })
  const brings = new Set(await readdir(folder))
  const view = await viewFolder(folder)
  const manifest = await withOwnMain(view, release.manifest)
  const adapted = await adaptLaunch(folder, view, manifest)
  const files = scaffold({
    manifest,
    serviceId: service.id,
    release: number,
    commit: release.commit,
    brings,
    runtimeRequirements: deps.build.runtimeRequirements,
  })
  await writeScaffold(folder, files)
  // A package may contain a start.sh that lost its executable bit in an archive.
  await chmod(join(folder, 'start.sh'), 0o755)
  await writeSharedConfig(deps)
  const added = files.map((file) => file.path)
  return { message: configuredWords(added, adapted), value: null }
}

/** Stores the demo inputs and the cover of a release, which everybody sees from then on. */
export async function keepExamples(deps: DeployDeps, { folder, release, service }: Deploy): Promise<void> {
  const { manifest, number } = release
  const { algorithmId } = service
  const kept = await deps.build.examples.keep({ algorithmId, manifest, packageFolder: folder })
  await deps.records.releases.update(service.id, number, kept)
}
