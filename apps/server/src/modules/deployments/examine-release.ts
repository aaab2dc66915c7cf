import type { ApiOperation, Endpoint, Manifest, StageWay } from '@vitrine/contract'
import { wordsOf, type Words } from '../../lib/words.ts'
import { examineApp } from '../instances/examine-app.ts'
import { textBytes, viewFolder } from '../sources/package-view.ts'
import type { AppFacts } from '../releases/app-facts.ts'
import { stageWay } from '../releases/stage-way.ts'
import { carriedApi } from '../service-apis/carry-operation.ts'
import { mappedBefore } from './carry-mapping.ts'
import type { Deploy, DeployDeps } from './deploy.types.ts'

/** The most files of code that are searched for a word. */
const filesAtMost = 2_000

const wayWords: Record<StageWay, Words> = {
  run: wordsOf(''),
  page: { zh: '展台显示它自己的页面', en: 'the stage shows its own page' },
  none: {
    zh: '服务正常；请在展台上选择它的一个接口，就能体验',
    en: 'it serves; choose an operation of its API on the stage, so that it can be tried there',
  },
}

const carriedWords = ({ method, path }: ApiOperation, isThere: boolean): Words =>
  isThere
    ? { zh: `展台沿用接口 ${method} ${path}`, en: `the stage goes on with ${method} ${path}` }
    : {
        zh: `展台原来的接口 ${method} ${path} 已不存在或字段有变，请重新选择`,
        en: `${method} ${path}, which the stage used, is gone or takes other fields; choose again`,
      }

/**
 * Whether a server may speak the contract. Code of JavaScript that does names `input_data`. Others are not read: they may be
 * programs, and a POST to an address that they do not have does them no harm. hapi 20.0 ends at every POST.
 */
export async function mayPredict(folder: string, { runtime }: Pick<Manifest, 'runtime'>): Promise<boolean> {
  if (runtime !== 'node') return true
  const view = await viewFolder(folder)
  const code = view.files.filter(({ path }) => /\.[cm]?[jt]sx?$/.test(path))
  if (code.length > filesAtMost) return true
  for (const { path, size } of code)
    if (size > textBytes || ((await view.readText(path)) ?? '').includes('input_data')) return true
  return false
}

/**
 * Whether the code of an app with a page also has routes for programs: then one of them can be chosen for the stage. Undefined
 * if its API is known without its code, or reading that takes too long.
 */
async function hasRoutes(
  { recogniser }: Pick<DeployDeps, 'recogniser'>,
  { service, folder }: Pick<Deploy, 'service' | 'folder'>,
  { page, openapi }: AppFacts,
): Promise<boolean | undefined> {
  if (page === null || openapi !== null) return undefined
  const routes = await recogniser.readRoutes(service.ownerId, await viewFolder(folder))
  return routes?.some(({ method, path }) => method !== 'GET' || path !== '/')
}

/**
 * Finds out and stores what the server of a package's own offers, and goes on with the operation that the last release
 * had for its stage. Resolves with words about the stage.
 */
export async function examineRelease(deps: DeployDeps, deploy: Deploy, endpoint: Endpoint): Promise<Words> {
  const { service, release, folder } = deploy
  const found = await examineApp(endpoint, { mayPredict: await mayPredict(folder, release.manifest) })
  const appFacts: AppFacts = { ...found, hasRoutes: await hasRoutes(deps, deploy, found) }
  const mapped = await mappedBefore(deps, deploy)
  const before = mapped?.api ?? null
  const carried =
    before &&
    (await carriedApi(deps.apiDocuments, before, {
      endpoint,
      openapi: appFacts.openapi,
      folder,
      ownerId: service.ownerId,
    }))
  await deps.releases.update(service.id, release.number, {
    appFacts,
    ...(carried && { api: { ...carried, examples: mapped?.examples ?? [] } }),
  })
  if (before) return carriedWords(before.operation, carried !== null)
  return wayWords[stageWay({ manifest: release.manifest, appFacts })]
}
