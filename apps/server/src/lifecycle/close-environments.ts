import type { Environments } from '../modules/environments/environments.ts'
import { partsOfInstance } from '../modules/instances/instance-spec.ts'
import type { InstancesDeps } from '../modules/instances/instances.usecases.ts'
import type { ServicesRepository } from '../modules/services/services.repository.ts'

type Deps = {
  environments: Pick<Environments, 'close'>
  services: Pick<ServicesRepository, 'accounts'>
  /** The hash of the environment of a release; null if it has none. */
  hashOf: (serviceId: string, release: number) => Promise<string | null>
  instances: { runner: Pick<InstancesDeps['runner'], 'reports'> }
}

/**
 * Closes environments that other accounts of the machine could read: those that an earlier version of the platform has built,
 * or that came with a copied data folder. One is left open as long as an instance uses it that was started without its group:
 * it could not load anything any more. The first start of the platform after that instance was replaced closes it. Called before
 * anything is started.
 */
export async function closeEnvironments(deps: Deps): Promise<void> {
  const { environments, services, instances } = deps
  const accounts = new Set((await services.accounts()).map(({ account }) => account))
  const reports = await instances.runner.reports()
  const onMachine = [...reports.values()].filter(({ account }) => account !== null)
  /** Which instances use an environment is asked only if one is open. */
  let users: Promise<{ hash: string | null; groups: readonly number[] }[]> | undefined
  const findUsers = () =>
    Promise.all(
      onMachine.map(async ({ id, account }) => {
        const { serviceId, release } = partsOfInstance(id)
        return { hash: await deps.hashOf(serviceId, release), groups: account?.groups ?? [] }
      }),
    )
  await environments.close({
    accounts,
    async servesAll(hash, group) {
      users ??= findUsers()
      return (await users).every((user) => user.hash !== hash || user.groups.includes(group))
    },
  })
}
