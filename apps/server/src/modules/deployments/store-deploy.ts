import { taskSteps } from '@vitrine/contract'
import type { StoredTask } from '../tasks/tasks.repository.ts'
import type { InDeploymentTransaction } from './deployments.records.ts'
import type { DeployPlan } from './plan-deploy.ts'

/** Ends the transaction of a deploy that another request outran. */
class Outrun extends Error {}

/**
 * Stores a deploy in one transaction: a new service, its front port, the release and the task that builds it.
 * Resolves with `outrun`, and stores nothing, if another request came first: it used the same service id or port, or
 * deleted the service; or a failure took the port of the service. The plan is then out of date.
 */
export async function storeDeploy(
  inTransaction: InDeploymentTransaction,
  plan: DeployPlan,
  frontPort: number | null,
): Promise<StoredTask | 'outrun'> {
  const { serviceId, newService, hasNoPort, createdBy } = plan
  try {
    return await inTransaction(async ({ services, ports, releases, tasks }) => {
      const service = newService
        ? await services.insert({ ...newService, frontPort })
        : await services.lock(serviceId)
      if (!service || (!newService && (service.frontPort === null) !== hasNoPort)) throw new Outrun()
      if (frontPort !== null && !(await ports.enterFront(frontPort, serviceId))) throw new Outrun()
      if (hasNoPort) await services.update(serviceId, { frontPort })
      const release = await releases.insertNext({ serviceId, ...plan.release })
      const input = { service_id: serviceId, release: release.number }
      return tasks.insert({
        kind: 'service.deploy',
        serviceId,
        input,
        steps: taskSteps['service.deploy'],
        createdBy,
      })
    })
  } catch (error) {
    if (error instanceof Outrun) return 'outrun'
    throw error
  }
}
