import type { Task } from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform } from '../support/platform.ts'
import type { Measurement } from './gateway.ts'

const rounds = 3
const algorithm = `class Algorithm:
    def predict(self, input_data):
        return ["ok" for _ in input_data]
`

/** What one deploy took, in milliseconds. */
type Timing = { total: number; environment: number; own: number }

function stepMs(task: Task, name: string): number {
  const step = task.steps.find((entry) => entry.name === name)
  if (!step?.started_at || !step.finished_at) throw new Error(`step ${name} has no times`)
  return Date.parse(step.finished_at) - Date.parse(step.started_at)
}

/** From `POST /services/deploy` until the gateway answers READY; `own` is what the service itself needs to start. */
async function timeDeploy(admin: ApiClient, id: string): Promise<Timing> {
  const startedAt = performance.now()
  const taskId = await admin.beginDeploy(id)
  const ready = await waitFor(async () => (await admin.request('GET', `//ai/${id}/health`)).status === 200, {
    timeoutMs: 120_000,
    everyMs: 10,
  })
  if (!ready) throw new Error(`${id} did not become ready`)
  const total = performance.now() - startedAt
  const task = await admin.taskEnd(taskId)
  return { total, environment: stepMs(task, 'environment'), own: stepMs(task, 'verify') }
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/**
 * Deploys packages whose environment is cached and packages whose environment is made anew, in turn, on one platform.
 * A requirement line that only one package has makes its environment its own.
 */
export async function benchDeploy(): Promise<Measurement[]> {
  const platform = await startPlatform({ runner: 'supervisor', database: 'own' })
  try {
    const admin = await platform.admin()
    await admin.publish('warm-up', { 'ai_algorithm.py': algorithm })
    const cached: Timing[] = []
    const fresh: Timing[] = []
    for (let round = 0; round < rounds; round++) {
      await admin.upload({ 'ai_algorithm.py': algorithm }, { algorithm_id: `cached-${round}` })
      cached.push(await timeDeploy(admin, `cached-${round}`))
      const requirements = `jsonschema>=0.${round + 1}\n`
      await admin.upload(
        { 'ai_algorithm.py': algorithm, 'requirements.txt': requirements },
        { algorithm_id: `fresh-${round}` },
      )
      fresh.push(await timeDeploy(admin, `fresh-${round}`))
    }
    const beside = (timing: Timing) => timing.total - timing.own
    const environments = {
      cached: median(cached.map((t) => t.environment)),
      fresh: median(fresh.map((t) => t.environment)),
    }
    return [
      {
        name: 'Deploy to READY through the gateway, cached environment vs the service’s own start',
        ratio: median(cached.map(beside)) / median(cached.map((t) => t.own)),
        ours: median(cached.map(beside)),
        theirs: median(cached.map((t) => t.own)),
        unit: 'ms',
      },
      {
        name: 'Environment step, built vs cached',
        ratio: environments.fresh / Math.max(environments.cached, 1),
        ours: environments.cached,
        theirs: environments.fresh,
        unit: 'ms',
      },
    ]
  } finally {
    await platform.dispose()
  }
}

if (process.argv[1] === import.meta.filename) console.table(await benchDeploy())
