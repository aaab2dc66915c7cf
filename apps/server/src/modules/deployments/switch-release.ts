import { isDeepStrictEqual } from 'node:util'
import { nameTranslations } from '@vitrine/contract'
import { AppError } from '../../lib/errors.ts'
import { wordsOfError, type Words } from '../../lib/words.ts'
import { leftWords } from '../instances/left-words.ts'
import type { StoredInstance } from '../instances/instances.repository.ts'
import { requireAddress } from '../ports/ask-for-port.ts'
import { modeOf } from '../releases/mode-of.ts'
import type { StoredMapping } from '../releases/stored-mapping.ts'
import { handOver } from '../rollouts/retire.ts'
import { loadService } from '../services/services.usecases.ts'
import { isShuttingDown } from '../tasks/task-kind.ts'
import type { Deploy, DeployDeps } from './deploy.types.ts'
import { carryMapping } from './carry-mapping.ts'
import type { InDeploymentTransaction } from './deployments.records.ts'
import { askedWith, listensAt, optionsWith } from './service-options.ts'
import { writeSharedConfig } from './shared-config.ts'

/** The mapped operation of the serving release changed after the new release had copied it. */
export class MappingChanged extends Error {}

/**
 * Makes a release the one that serves, in one transaction: the previous release is retired, its instances are
 * no longer on trial, and the service gets the options that were requested with this release. A new release
 * also gives the algorithm its title, description and cover. A front port that the service no longer has stays in the
 * ledger, because the gateway still has it open: see `handOver`. Safe to repeat.
 *
 * @param expected the mapped operation that the new release copied from the serving one. If the serving release has
 *   another one by now, nothing is switched, and this rejects with {@link MappingChanged}. Not checked if it is left out.
 */
export async function switchRelease(
  deps: { inTransaction: InDeploymentTransaction },
  serviceId: string,
  number: number,
  expected?: StoredMapping | null,
): Promise<void> {
  await deps.inTransaction(async ({ services, releases, instanceRows, algorithms }) => {
    const service = await services.lock(serviceId)
    const release = await releases.get(serviceId, number)
    if (!service || !release) throw new Error(`no release ${number} of ${serviceId}`)
    const isNew = release.status === 'deploying'
    const asked = askedWith(release)
    // From here on, the row is locked. A request that stores a mapping waits, and then sees that this release no longer
    // serves.
    await releases.retireActive(serviceId)
    const mapped = (await releases.serving(service))?.api ?? null
    if (expected !== undefined && !isDeepStrictEqual(mapped, expected)) throw new MappingChanged()
    await releases.update(serviceId, number, { status: 'active', failure: null })
    await instanceRows.endTrial(serviceId, number)
    await services.update(serviceId, {
      currentRelease: number,
      desired: 'running',
      asleep: false,
      translations: nameTranslations(release.manifest),
      mode: modeOf(release, asked.mode ?? service.mode),
      options: optionsWith(service.options, asked),
      name: asked.name ?? service.name,
      frontPort: asked.frontPort ?? service.frontPort,
      // Values that were set meanwhile, while nothing ran, stay.
      configRevision: Math.max(asked.configRevision ?? 0, service.configRevision),
    })
    if (isNew) await algorithms.describeByCommit(service.algorithmId, release.commit)
  })
}

/** Whether an earlier attempt of this task has already switched, so that only the end is left. */
export const hasSwitched = ({ service, release }: Deploy) =>
  release.status === 'active' && service.currentRelease === release.number

/**
 * Checks the requested front port and address again, because another process can have taken the port since it
 * was reserved. Throws as {@link requireAddress} does.
 */
async function requireAskedAddress(
  deps: Pick<DeployDeps, 'services' | 'ports'>,
  { service: { id }, release }: Deploy,
): Promise<void> {
  const asked = askedWith(release)
  const { frontPort, frontHost } = asked
  const service = await loadService(deps, id)
  const now = listensAt(service)
  const port = frontPort ?? service.frontPort
  if (port === null || (frontPort === undefined && frontHost === undefined)) return
  const { frontHost: host } = optionsWith(service.options, asked)
  if (now?.port === port && now.host === host) return
  await requireAddress(deps.ports, { host, port, serviceId: id, now })
}

/** Stores the demo inputs and the cover of a release, which everybody sees from then on. */
async function keepExamples(
  deps: Pick<DeployDeps, 'examples' | 'releases'>,
  { folder, release, service }: Deploy,
): Promise<void> {
  const { manifest, number } = release
  const { algorithmId } = service
  const kept = await deps.examples.keep({ algorithmId, manifest, packageFolder: folder })
  await deps.releases.update(service.id, number, kept)
}

/**
 * The switch: the release serves, and the options that were requested with it take effect. Requests still go to the old
 * instances until {@link handOver}.
 */
async function switchTo(deps: DeployDeps, deploy: Deploy): Promise<void> {
  const { service, release } = deploy
  const isNew = release.status === 'deploying'
  if (isNew) {
    await requireAskedAddress(deps, deploy)
    // This is the last step that can fail before the switch. It comes last because everybody sees the demo media at once.
    await keepExamples(deps, deploy)
  }
  // Before the switch: whoever makes a table for the gateway just after it must find instances that take requests. Until then,
  // a table has only those of the former release.
  for (const { id, release: number } of await deps.instanceRows.list(service.id))
    if (number === release.number) deps.instances.monitor.endTrial(id)
  // Again, if somebody has changed the mapping of the serving release meanwhile.
  for (;;) {
    const expected = isNew ? await carryMapping(deps, deploy) : undefined
    try {
      return await switchRelease(deps, service.id, release.number, expected)
    } catch (error) {
      if (!(error instanceof MappingChanged)) throw error
    }
  }
}

const switchedWords = (release: number, cut: Words | null): Words => ({
  zh: `版本 #${release} 已接收请求${cut ? `；旧版：${cut.zh}` : ''}`,
  en: `release #${release} is taking requests${cut ? `; the former release: ${cut.en}` : ''}`,
})

/** The release serves, but not everything that follows the switch could be done. */
function unfinishedWords(release: number, error: unknown): Words {
  const why = error instanceof AppError ? wordsOfError(error) : null
  return {
    zh: `已切换到版本 #${release}，但之后的收尾没有完成${why ? `（${why.zh}）` : ''}。平台会继续：更新网关，停止旧实例`,
    en: `switched to release #${release}, but what follows the switch did not succeed${why ? ` (${why.en})` : ''}. The platform goes on with it: it updates the gateway and ends the former instances`,
  }
}

/**
 * Hands over to a release that was switched to. It serves already, so a failure here is not a failure of the deploy: the gateway's
 * update is repeated anyway, and the reconciler begins `service.adjust` for the instances that are left. Resolves with words about it.
 */
async function handOverTo(
  deps: DeployDeps,
  deploy: Deploy,
  remove: readonly StoredInstance[],
): Promise<Words> {
  const { number } = deploy.release
  try {
    return switchedWords(number, leftWords(await handOver(deps, deploy, remove)))
  } catch (error) {
    // The next control plane starts the task again.
    if (isShuttingDown(deploy.context.signal)) throw error
    deps.onError(error)
    return unfinishedWords(number, error)
  }
}

/** Step route: lets the release serve, and ends what served before it. */
export async function routeToRelease(
  deps: DeployDeps,
  deploy: Deploy,
  remove: readonly StoredInstance[],
): Promise<void> {
  const { service, context } = deploy
  await context.step('route', async () => {
    if (!hasSwitched(deploy)) await switchTo(deps, deploy)
    return { message: await handOverTo(deps, deploy, remove), value: null }
  })
  // The file lists the front ports, and this deploy may have changed one. It is written last, because the gateway must
  // follow the switch first: until then, it sends requests to the old instances.
  await writeSharedConfig(deps).catch(deps.onError)
  deps.onDeployed(service.id)
}
