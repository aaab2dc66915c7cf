import { z } from 'zod'
import { pageOf, service, type Service, portEndpoints } from '@vitrine/contract'
import { instancePort } from '../support/instance-port.ts'
import type { ApiClient } from '../support/api-client.ts'
import { processesOf } from '../support/platform-processes.ts'
import type { TestPlatform } from '../support/platform.ts'
import { readFile } from 'node:fs/promises'

const ports = portEndpoints['GET /ports'].response
const services = pageOf(service)
const marker = z.string().transform((environment) =>
  environment
    .split('\0')
    .find((entry) => entry.startsWith('VITRINE_INSTANCE='))
    ?.slice('VITRINE_INSTANCE='.length),
)

/** The instances that have running processes, by id, each with the pids of its processes. */
async function runningInstances(platform: TestPlatform): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>()
  for (const { pid } of await processesOf(platform.dataFolder)) {
    const id = marker.parse(await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''))
    if (id !== undefined) found.set(id, [...(found.get(id) ?? []), pid])
  }
  return found
}

function wrongOf(one: Service, running: ReadonlyMap<string, number[]>): string[] {
  const wrong: string[] = []
  if (one.status !== 'RUNNING' || one.health !== 'READY')
    wrong.push(`${one.id} is ${one.status} and ${one.health}: ${one.reason}`)
  for (const instance of one.instances) {
    if (instance.release !== one.release) wrong.push(`${instance.id} is not of the release that serves`)
    if (!running.get(instance.id)?.includes(instance.pid ?? -1))
      wrong.push(`${instance.id} should be process ${instance.pid}, which is not there`)
  }
  if (one.instances.length !== one.replicas) wrong.push(`${one.id} has ${one.instances.length} instances`)
  return wrong
}

/**
 * Checks that the API, the ledger of ports and the running processes agree. Resolves with one sentence for
 * each disagreement. `never` are services without a release at the time of the fault, which may have nothing.
 */
export async function inconsistencies(platform: TestPlatform, admin: ApiClient): Promise<string[]> {
  const [{ items }, ledger, running] = await Promise.all([
    admin.get('/services?page_size=500', services),
    admin.get('/ports', ports),
    runningInstances(platform),
  ])
  const serving = items.filter(({ release }) => release !== null)
  const told = new Map(serving.flatMap(({ instances }) => instances.map((each) => [each.id, each] as const)))
  const wrong = serving.flatMap((one) => wrongOf(one, running))
  for (const [id, pids] of running)
    if (!told.has(id)) wrong.push(`${id} runs as ${pids.join(', ')} and is nobody's`)
  const portsOfInstances = new Set([...told.values()].map(instancePort).filter((port) => port > 0))
  const fronts = new Set(items.map(({ front_port }) => front_port))
  for (const { port, kind, state, owner, holder } of ledger.items) {
    if (kind === 'platform') continue
    if (kind === 'front') {
      if (owner && !fronts.has(port)) wrong.push(`front port ${port} is kept for ${owner.service_id}`)
      continue
    }
    if (!portsOfInstances.has(port)) wrong.push(`port ${port} (${owner?.service_id}) was not given back`)
    else if (state !== 'listening') wrong.push(`port ${port} is ${state}`)
    else if (holder && ![...running.values()].flat().includes(holder.pid))
      wrong.push(`port ${port} is held by ${holder.command}`)
    portsOfInstances.delete(port)
  }
  for (const port of portsOfInstances) wrong.push(`port ${port} of an instance is not in the ledger`)
  return wrong
}
