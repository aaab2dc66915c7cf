import { keyOfVariable, taskSteps, type Json, type ServiceMode, type StepOf } from '@vitrine/contract'
import type { StoredTask } from '../tasks/tasks.repository.ts'
import { serviceScope } from '../configs/scopes/config-scope.ts'
import { isContainerMode } from '../releases/mode-of.ts'
import type { DeploymentRecords, InDeploymentTransaction } from './deployments.records.ts'
import type { DeployPlan } from './plan-deploy.ts'

/** Ends the transaction of a deploy that another request outran. */
class Outrun extends Error {}

/** What is needed, in addition to the plan, to store a deploy. `seal` encrypts a value of the configuration. */
export type StoringDeploy = { frontPort: number | null; now: Date; seal: (value: Json) => string }

/** The steps of a deploy, in order. A package that becomes an image is completed first, because it is copied into that. */
const stepsIn = (mode: ServiceMode): readonly StepOf<'service.deploy'>[] =>
  isContainerMode(mode)
    ? ['fetch', 'configure', 'environment', 'models', 'start', 'verify', 'route']
    : taskSteps['service.deploy']

/** Stores the variables of a deploy. Resolves with the newest revision of the configuration, which the release will have. */
async function storeVariables(
  configs: DeploymentRecords['configs'],
  { serviceId, variables, createdBy: author }: DeployPlan,
  { now, seal }: Pick<StoringDeploy, 'now' | 'seal'>,
): Promise<number> {
  const scope = serviceScope(serviceId)
  const values = []
  for (const [name, given] of Object.entries(variables)) {
    const key = keyOfVariable(name)
    const row = await configs.value(scope, key)
    // A secret stays one.
    const value = row?.secret ? seal(given) : given
    values.push({ scope, key, value, secret: row?.secret ?? false, description: row?.description ?? '' })
  }
  const revision = values.length === 0 ? null : await configs.write({ author, reason: '', now, values, seal })
  return revision ?? configs.newest()
}

/**
 * Stores a deploy in one transaction: a new service, its front port, the release and the task that builds it.
 * Resolves with `outrun`, and stores nothing, if another request came first: it used the same service id or port, or
 * deleted the service; or a failure took the port of the service. The plan is then out of date.
 */
export async function storeDeploy(
  inTransaction: InDeploymentTransaction,
  plan: DeployPlan,
  storing: StoringDeploy,
): Promise<StoredTask | 'outrun'> {
  const { serviceId, newService, hasNoPort, createdBy } = plan
  const { frontPort } = storing
  try {
    return await inTransaction(async ({ services, ports, releases, tasks, configs }) => {
      if (Object.keys(plan.variables).length > 0) await configs.lock()
      const service = newService
        ? await services.insert({ ...newService, frontPort })
        : await services.lock(serviceId)
      if (!service || (!newService && (service.frontPort === null) !== hasNoPort)) throw new Outrun()
      if (frontPort !== null && !(await ports.enterFront(frontPort, serviceId))) throw new Outrun()
      if (hasNoPort) await services.update(serviceId, { frontPort })
      const configRevision = await storeVariables(configs, plan, storing)
      // A new service has nothing that serves, so its variables count at once. They take effect in the switch otherwise.
      if (newService) await services.update(serviceId, { configRevision })
      const serviceChange = { ...plan.release.serviceChange, ...(!newService && { configRevision }) }
      const release = await releases.insertNext({ serviceId, ...plan.release, serviceChange })
      return tasks.insert({
        kind: 'service.deploy',
        serviceId,
        input: { service_id: serviceId, release: release.number, ...plan.begunBy },
        steps: stepsIn(plan.release.config.mode),
        createdBy,
      })
    })
  } catch (error) {
    if (error instanceof Outrun) return 'outrun'
    throw error
  }
}
