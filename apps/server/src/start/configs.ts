import { settingsSchema } from '../config.ts'
import { systemClock } from '../lib/clock.ts'
import { createExportReader } from '../modules/configs/export-reader.ts'
import { processSettings } from '../modules/configs/process-settings.ts'
import { serviceVariables, type VariablesDeps } from '../modules/configs/service-variables.ts'
import type { ChangeConfigsDeps } from '../modules/configs/configs.deps.ts'
import { changeService, useConfigRevision } from '../modules/operations/change-service.ts'
import type { ChangeServicesDeps } from '../modules/operations/operations.usecases.ts'
import type { Base } from './base.ts'
import type { ModulesInput } from './modules-input.ts'

/** What reading the variables of services needs. */
export const variablesDepsOf = (
  { env }: ModulesInput,
  { configs, gitea: { sealer } }: Pick<Base, 'configs' | 'gitea'>,
): VariablesDeps => ({ configs, env, sealer })

/** The variables that a service has now. */
export async function newestVariables(input: ModulesInput, base: Base, serviceId: string) {
  const revision = await base.configs.newest()
  return serviceVariables(variablesDepsOf(input, base), { serviceId, revision })
}

/** Wires the configuration. */
export function wireConfigs(
  input: ModulesInput,
  base: Base,
  services: ChangeServicesDeps,
): ChangeConfigsDeps {
  const { configs, repositories, gitea } = base
  const { services: rows, releases, instanceRows } = repositories
  return {
    configs,
    services: rows,
    releases,
    instanceRows,
    env: input.env,
    sealer: gitea.sealer,
    clock: systemClock,
    exports: createExportReader(),
    changeOption: (change) => changeService(services, change),
    replaceInstances: (replaced) => useConfigRevision(services, replaced),
  }
}

/** The settings of the process as people may see them. */
export const settingsShown = ({ settings, env }: ModulesInput) =>
  processSettings(
    Object.fromEntries(Object.keys(settingsSchema.shape).map((name) => [name, Reflect.get(settings, name)])),
    env,
  )
