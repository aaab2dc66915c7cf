import type { Logger } from 'pino'
import type { Settings } from '../config.ts'
import { systemClock } from '../lib/clock.ts'
import type { DataPaths } from '../lib/paths.ts'
import type { TextSealer } from '../lib/sealed-text.ts'
import { attemptLimitsOf } from '../modules/auth/attempts/attempt-limits.ts'
import { openAccessControl, type AccessControl } from '../modules/auth/auth.assembly.ts'
import { oidcOf } from '../modules/auth/oidc/oidc.settings.ts'
import { quotaTable } from '../modules/quotas/quotas.ts'
import { createServiceGrantsRepository } from '../modules/service-grants/service-grants.repository.ts'
import { createServicesRepository } from '../modules/services/services.repository.ts'
import type { Drivers } from './drivers.ts'
import { publicUrlOf } from './instances.ts'

/** Opens access control. The gateway is told of every change of its keys. */
export async function openAccess({
  settings,
  logger,
  drivers: { db, cache, gateway, current },
  paths,
  sealer,
}: {
  settings: Settings
  logger: Logger
  drivers: Drivers
  paths: DataPaths
  sealer: TextSealer
}): Promise<AccessControl> {
  const services = createServicesRepository({ db })
  const grants = createServiceGrantsRepository({ db })
  const access = await openAccessControl({
    db,
    cache,
    sealer,
    clock: systemClock,
    attemptLimits: attemptLimitsOf(current),
    secretsFolder: paths.secrets,
    oidc: oidcOf(settings, publicUrlOf(settings)),
    adminPassword: settings.VITRINE_ADMIN_PASSWORD ?? null,
    resetUser: settings.VITRINE_RESET_USER ?? null,
    quotas: quotaTable(settings),
    serviceMadeAt: async (id) => (await services.get(id))?.createdAt ?? null,
    grantsOf: grants.heldBy,
    grantsWithoutRuns: grants.ofPeopleWithoutRuns,
    onKeysChanged: (keys) => gateway.applyKeys(keys),
    onError: (error) => logger.error({ err: error }, 'the gateway could not be told of revoked credentials'),
  })
  const name = settings.VITRINE_RESET_USER
  if (access.rescue === 'done')
    logger.warn(`the password of ${name} is that of VITRINE_ADMIN_PASSWORD now. Remove VITRINE_RESET_USER`)
  if (access.rescue === 'before')
    logger.warn(
      `VITRINE_RESET_USER: an earlier start has already reset ${name} to this password, so nothing was changed. Remove it; to reset again, set another password`,
    )
  return access
}
