import { configEndpoints } from '@vitrine/contract'
import { openCurrentConfig } from '../../apps/server/src/modules/configs/effective/current-config.ts'
import type { ApiClient } from '../support/api-client.ts'
import { beside, median } from './figures.ts'
import type { Measurement } from './gateway.ts'

const keys = 1_000
const changed = configEndpoints['POST /config'].response
const questions = 200
const reads = 1_000_000
const rounds = 7

/** Sets 1,000 keys of the platform, and some variables of each service, without replacing what runs. */
async function fill(admin: ApiClient, services: readonly string[]): Promise<void> {
  const ofPlatform = Array.from({ length: keys }, (_, index) => ({
    key: `custom.bench.k${index}`,
    value: index,
  }))
  await admin.post('/config', changed, { changes: ofPlatform })
  const ofServices = services.flatMap((id) =>
    ['A', 'B', 'C'].map((name) => ({ key: `env.${name}`, service_id: id, value: name })),
  )
  await admin.post('/config', changed, { changes: ofServices, apply: false })
}

/** The time under which 95 of 100 answers of `/config/effective` come, for the platform and for services; milliseconds. */
export async function effectiveP95(admin: ApiClient, services: readonly string[]): Promise<number> {
  await fill(admin, services)
  const times: number[] = []
  for (let round = 0; round < questions; round++) {
    const of = round % 2 === 0 ? '' : `?service_id=${services[round % services.length]}`
    const begun = performance.now()
    await (await admin.request('GET', `/config/effective${of}`)).arrayBuffer()
    times.push(performance.now() - begun)
  }
  return times.toSorted((a, b) => a - b)[Math.floor(questions * 0.95)] ?? 0
}

/** Nanoseconds of one read, as the middle one of several rounds. */
function nanoseconds(read: () => number): number {
  const all = Array.from({ length: rounds }, () => {
    let sum = 0
    const begun = performance.now()
    for (let index = 0; index < reads; index++) sum += read()
    const took = performance.now() - begun
    // The sum is used, so that no read is left out.
    return sum < 0 ? 0 : (took / reads) * 1e6
  })
  return median(all)
}

/** Reads a value of the platform from memory, as its parts do each time they need it, beside a plain Map. */
export async function benchConfiguration(): Promise<Measurement[]> {
  const current = await openCurrentConfig({
    env: {},
    file: new Map(),
    configs: { values: async () => [] },
  })
  const map = new Map([['runs.keep_days', 90]])
  return [
    beside(
      'one read of a value of the configuration vs of a Map (wanted: ≤ 2,000 ns)',
      'ns',
      nanoseconds(() => current.number('runs.keep_days')),
      nanoseconds(() => map.get('runs.keep_days') ?? 0),
    ),
  ]
}
