import type { ProcessRecord } from '../process-records.ts'
import { containerOptions } from './container-options.ts'
import type { ContainerFacts } from './docker-engine.ts'
import type { DockerProcessHost } from './docker-process-host.ts'

/** Docker keeps a log of a few files, which are read much faster. A daemon that freezes ends this, in milliseconds. */
const drainMs = 60_000

/**
 * Makes the container of a process, in place of an earlier one, and starts it. Resolves with its facts from Docker
 * after that.
 */
export async function runContainer(
  record: ProcessRecord,
  { engine, platform, network, rotation, ports, save }: DockerProcessHost,
): Promise<ContainerFacts | null> {
  const { spec, port } = record
  const at = port === null ? null : { host: ports.host, port }
  await engine.ensureNetwork()
  const volumes = spec.image === undefined ? [] : await engine.volumesOf(spec.image)
  const options = containerOptions(spec, at, { platform, network, rotation, volumes })
  const id = await engine.run(options, spec.id, (made) => {
    record.container = { id: made, startedAt: '', restartCount: 0, hasEnded: true }
    return save()
  })
  return engine.facts(id)
}

/**
 * Ends the container of a process and removes it, if there is one. Its last output is in the log when this resolves.
 */
export async function removeContainer(
  record: ProcessRecord,
  { engine, log, onError }: DockerProcessHost,
  graceMs: number,
): Promise<void> {
  const { container } = record
  if (!container) return
  await engine.stop(container.id, graceMs)
  await log.drain(container.id, drainMs).catch(onError)
  await engine.remove(container.id)
  record.container = null
}
