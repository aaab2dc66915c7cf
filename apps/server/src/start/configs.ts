import type { Json } from '@vitrine/contract'
import { settingsSchema } from '../config.ts'
import { systemClock } from '../lib/clock.ts'
import { createConfigDrafts } from '../modules/configs/drafts/drafts.repository.ts'
import { createExportReader } from '../modules/configs/export/export-reader.ts'
import type { MadeAtStart } from '../modules/configs/effective/effective-config.ts'
import { processSettings } from '../modules/configs/effective/process-settings.ts'
import {
  serviceVariables,
  type PackageDefaults,
  type VariablesDeps,
} from '../modules/configs/effective/service-variables.ts'
import type { ConfigRoutesDeps } from '../modules/configs/configs.routes.ts'
import type { StoredGiteaConfig } from '../modules/gitea/gitea.configs.repository.ts'
import { beginCanary } from '../modules/operations/begin-canary.ts'
import { changeService, useConfigRevision } from '../modules/operations/change-service.ts'
import type { ChangeServicesDeps } from '../modules/operations/operations.usecases.ts'
import type { Base } from './base.ts'
import type { ModulesInput } from './modules-input.ts'

/** What reading the variables of services needs. */
export const variablesDepsOf = (
  { env, configFile: file }: ModulesInput,
  { configs, gitea: { sealer } }: Pick<Base, 'configs' | 'gitea'>,
): VariablesDeps => ({ configs, env, file, sealer })

/** The variables that a service would have now with what its package brings. */
export async function newestVariables(
  input: ModulesInput,
  base: Base,
  of: { serviceId: string; defaults: PackageDefaults },
) {
  const revision = await base.configs.newest()
  return serviceVariables(variablesDepsOf(input, base), { ...of, revision })
}

/** What the page Gitea has saved, by key. The token is sealed, and never shown. */
const savedGitea = (saved: StoredGiteaConfig | null): ReadonlyMap<string, Json> =>
  new Map(
    saved
      ? [
          ['gitea.server_url', saved.serverUrl],
          ['gitea.access_token', null],
          ['gitea.default_owner', saved.defaultOwner],
          ['gitea.repo_prefix', saved.repoPrefix],
        ]
      : [],
  )

/** Folders that the start has placed in the data folder. */
function foldersOf({ paths, env }: ModulesInput): MadeAtStart {
  const source = env.VITRINE_DATA_DIR ? 'environment' : 'default'
  return new Map([
    ['service.root.dir', { value: paths.services, source }],
    ['supervisor.config.dir', { value: paths.supervisor, source }],
  ])
}

/** Wires the configuration. */
export function wireConfigs(input: ModulesInput, base: Base, services: ChangeServicesDeps): ConfigRoutesDeps {
  const { configs, repositories, gitea } = base
  const { services: rows, releases, instanceRows } = repositories
  return {
    configs,
    services: rows,
    releases,
    instanceRows,
    env: input.env,
    file: input.configFile,
    current: input.drivers.current,
    sealer: gitea.sealer,
    madeAtStart: foldersOf(input),
    savedElsewhere: async () => savedGitea(await gitea.configs.active()),
    clock: systemClock,
    exports: createExportReader(),
    drafts: createConfigDrafts({ db: input.drivers.db }),
    onError: (error) => input.logger.error({ err: error }, 'a change of the configuration was not undone'),
    changeOption: (change) => changeService(services, change),
    replaceInstances: (replaced) => useConfigRevision(services, replaced),
    beginCanary: (asked) =>
      beginCanary({ inTransaction: base.inTransaction, runner: base.taskRunner }, asked),
  }
}

/** The settings of the process as people may see them. */
export const settingsShown = ({ settings, env, configFile: file }: ModulesInput) =>
  processSettings(
    Object.fromEntries(Object.keys(settingsSchema.shape).map((name) => [name, Reflect.get(settings, name)])),
    { env, file },
  )
