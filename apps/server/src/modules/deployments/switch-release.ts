import { nameTranslations } from '@vitrine/contract'
import { giveUpClaims, type PortsDeps } from '../ports/ports.usecases.ts'
import type { InDeploymentTransaction } from './deployments.records.ts'
import { optionsWith } from './plan-deploy.ts'

type Deps = { inTransaction: InDeploymentTransaction; ports: Pick<PortsDeps, 'claims'> }

/**
 * Makes a release the one that serves, in one transaction: the previous release is retired, its instances are
 * no longer on trial, and the service gets the options that were requested with this release. A new release
 * also gives the algorithm its title, description and cover. A front port that the service no longer has is
 * released. Safe to repeat.
 */
export async function switchRelease(deps: Deps, serviceId: string, number: number): Promise<void> {
  const unused = await deps.inTransaction(async (records) => {
    const { services, releases, instanceRows, ports, algorithms } = records
    const service = await services.lock(serviceId)
    const release = await releases.get(serviceId, number)
    if (!service || !release) throw new Error(`no release ${number} of ${serviceId}`)
    // A return to an earlier release restores only what runs. The options that were requested with it are not
    // applied again.
    const isNew = release.status === 'deploying'
    const asked = isNew ? release.serviceChange : {}
    await releases.retireActive(serviceId)
    await releases.update(serviceId, number, { status: 'active', failure: null })
    await instanceRows.settle(serviceId, number)
    await services.update(serviceId, {
      currentRelease: number,
      desired: 'running',
      asleep: false,
      translations: nameTranslations(release.manifest),
      options: optionsWith(service.options, asked),
      name: asked.name ?? service.name,
      frontPort: asked.frontPort ?? service.frontPort,
    })
    if (isNew) await algorithms.describeByCommit(service.algorithmId, release.commit)
    return ports.releaseUnusedFronts(serviceId)
  })
  giveUpClaims(deps.ports, unused)
}
