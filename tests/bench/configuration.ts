import { configEndpoints } from '@vitrine/contract'
import { openCurrentConfig } from '../../apps/server/src/modules/configs/effective/current-config.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { startPlatform } from '../support/platform.ts'
import { beside, median } from './figures.ts'
import type { Measurement } from './gateway.ts'

const keys = 1_000
const changed = configEndpoints['POST /config'].response
const questions = 200
const reads = 1_000_000
const rounds = 7

/** Services and their instances, all of which get a changed key. */
const live = { services: 8, instances: 25 }
const wantedSeconds = 2
/** Takes changed values while it runs. */
const takesValues: PackageFiles = {
  'ai_algorithm.py': [
    'class Algorithm:',
    '    def on_config(self, values):',
    '        self.values = values',
    '    def predict(self, input_data, **parameters):',
    '        return input_data',
    '',
  ].join('\n'),
}

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

const liveIds = Array.from({ length: live.services }, (_, index) => `live-${index}`)
const effective = configEndpoints['GET /config/effective'].response
const one = configEndpoints['POST /config/{key}'].response

/** The processes of all instances, and how many instances still have an earlier value. */
async function liveState(admin: ApiClient): Promise<{ pids: string; stale: number }> {
  const services = await Promise.all(liveIds.map((id) => admin.service(id)))
  const values = await Promise.all(
    liveIds.map((id) => admin.get(`/config/effective?service_id=${id}`, effective)),
  )
  return {
    pids: services.flatMap(({ instances }) => instances.map(({ pid }) => pid)).join(' '),
    stale: values.flatMap(({ items }) => items.flatMap(({ stale_instances: stale }) => stale)).length,
  }
}

/** From the change of a key of all services until each of their instances has taken the value, while it goes on; seconds. */
async function changeEverywhere(admin: ApiClient, value: string): Promise<number> {
  const before = await liveState(admin)
  const begun = performance.now()
  const tasks = await Promise.all(
    liveIds.map((id) => admin.post('/config/env.MODE', one, { service_id: id, value })),
  )
  for (const { task_id: id } of tasks)
    if (id === null || (await admin.taskEnd(id)).state !== 'succeeded') throw new Error('a change failed')
  const took = (performance.now() - begun) / 1000
  const after = await liveState(admin)
  if (after.pids !== before.pids) throw new Error('instances were replaced')
  if (after.stale > 0) throw new Error(`${after.stale} instances have an earlier value`)
  return took
}

/** A changed key in 200 running instances of Python, without a restart. */
async function benchLiveChange(): Promise<Measurement> {
  const platform = await startPlatform({
    database: 'own',
    ports: { front: live.services + 4, instance: live.services * live.instances + 20 },
  })
  try {
    const admin = await platform.admin()
    await admin.upload(takesValues, { algorithm_id: 'live' })
    for (const id of liveIds) {
      await admin.deploy('live', { service_id: id })
      const task = await admin.change(id, { replicas: live.instances })
      if (task?.state !== 'succeeded') throw new Error(JSON.stringify(task?.error))
    }
    const seconds: number[] = []
    for (let round = 0; round < rounds; round++) seconds.push(await changeEverywhere(admin, `round ${round}`))
    const name = `a changed key in ${live.services * live.instances} running instances, without a restart, until the last has it vs the bound`
    return beside(name, 's', median(seconds), wantedSeconds)
  } finally {
    await platform.dispose()
  }
}

/** Reads a value of the platform from memory, as its parts do each time they need it, beside a plain Map; and lets many instances have a changed one. */
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
    await benchLiveChange(),
  ]
}
