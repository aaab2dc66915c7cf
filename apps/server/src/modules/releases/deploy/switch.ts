import type { Words } from '../../../lib/words.ts'
import { drainInstances } from '../../instances/drain.ts'
import { removeInstance } from '../../instances/instances.usecases.ts'
import type { DeployDeps, Deploy } from './deploy.types.ts'

/** Ends the instances of a release and gives their ports back; safe to repeat. */
export async function retireRelease(
  deps: Pick<DeployDeps, 'records' | 'instances' | 'ports'>,
  serviceId: string,
  release: number,
): Promise<void> {
  const instances = await deps.records.releases.instances(serviceId)
  for (const instance of instances)
    if (instance.release === release) await removeInstance(deps.instances, instance.id)
  await deps.records.releases.deleteInstances(serviceId, release)
  await deps.ports.ports.release({ serviceId, release })
}

const switchedWords = (release: number, cut: number): Words => ({
  zh: `第 ${release} 版已接收请求${cut > 0 ? `，旧版有 ${cut} 个请求超过等待时间` : ''}`,
  en: `release ${release} takes the requests${cut > 0 ? `; ${cut} of the old one outlasted the wait` : ''}`,
})

/** Step route: requests go to the new release; once they do, the old one finishes what it has and is stopped. */
export async function switchOver(deps: DeployDeps, deploy: Deploy): Promise<{ message: Words; value: null }> {
  const { service, release } = deploy
  await deps.records.releases.activate(service.id, release.number)
  await deps.gateway.sync()
  const others = (await deps.records.releases.instances(service.id)).filter(
    (instance) => instance.release !== release.number,
  )
  const left = await drainInstances(deps.instances, others, {
    timeoutS: service.options.timeoutS,
    signal: deploy.context.signal,
  })
  for (const number of new Set(others.map((instance) => instance.release)))
    await retireRelease(deps, service.id, number)
  deps.onDeployed(service.id)
  return { message: switchedWords(release.number, left), value: null }
}
