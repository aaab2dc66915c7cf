import type { Task } from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { startPlatform } from '../support/platform.ts'
import type { Measurement } from './gateway.ts'

const rounds = 3
/** The smallest package that can be deployed. */
export const smallPackage = {
  'ai_algorithm.py': `class Algorithm:
    def predict(self, input_data):
        return ["ok" for _ in input_data]
`,
}

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

/** Packages that a one-line change is made to: their files, with another answer each round. */
const changing: Readonly<Record<'python' | 'node', (answer: string) => PackageFiles>> = {
  python: (answer) => ({ 'ai_algorithm.py': smallPackage['ai_algorithm.py'].replace('ok', answer) }),
  node: (answer) => ({
    'package.json': '{"main": "index.js"}',
    'index.js': `exports.predict = (input) => input.map(() => '${answer}')\n`,
  }),
}

/** What a second deploy of the same service takes, in milliseconds: `total` until it is done, `own` of it for the start. */
async function timeRepeat(
  admin: ApiClient,
  id: string,
  files: PackageFiles,
): Promise<Pick<Timing, 'total' | 'own'>> {
  await admin.upload(files, { algorithm_id: id })
  const startedAt = performance.now()
  const task = await admin.deploy(id)
  const total = performance.now() - startedAt
  if (task.state !== 'succeeded') throw new Error(`deploy of ${id}: ${JSON.stringify(task.error)}`)
  return { total, own: stepMs(task, 'verify') }
}

/** Deploys a service again and again, each time with another line. */
async function benchRepeats(admin: ApiClient, runtime: keyof typeof changing): Promise<Measurement> {
  const id = `again-${runtime}`
  await admin.publish(id, changing[runtime]('first'))
  const times = []
  for (let round = 0; round < rounds; round++)
    times.push(await timeRepeat(admin, id, changing[runtime](`answer-${round}`)))
  const ours = median(times.map(({ total, own }) => total - own))
  const theirs = median(times.map(({ own }) => own))
  const name = `Another deploy of a service with one line changed (${runtime}), without its start vs the start`
  return { name, ratio: ours / theirs, ours, theirs, unit: 'ms' }
}
/** Milliseconds from `POST /services/deploy` until the gateway answers READY. */
export const deployMs = async (admin: ApiClient, id: string): Promise<number> =>
  (await timeDeploy(admin, id)).total

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/**
 * Deploys packages whose environment is cached and packages whose environment is made anew, in turn, on one platform.
 * A requirement line that only one package has makes its environment its own.
 */
export async function benchDeploy(): Promise<Measurement[]> {
  const platform = await startPlatform({ runner: 'supervisor', database: 'own' })
  try {
    const admin = await platform.admin()
    await admin.publish('warm-up', smallPackage)
    const cached: Timing[] = []
    const fresh: Timing[] = []
    for (let round = 0; round < rounds; round++) {
      await admin.upload(smallPackage, { algorithm_id: `cached-${round}` })
      cached.push(await timeDeploy(admin, `cached-${round}`))
      const requirements = `jsonschema>=0.${round + 1}\n`
      await admin.upload(
        { ...smallPackage, 'requirements.txt': requirements },
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
      await benchRepeats(admin, 'python'),
      await benchRepeats(admin, 'node'),
    ]
  } finally {
    await platform.dispose()
  }
}

if (process.argv[1] === import.meta.filename) console.table(await benchDeploy())
