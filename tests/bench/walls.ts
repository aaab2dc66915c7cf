import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { deployMs, smallPackage } from './deploy.ts'
import { beside, median } from './figures.ts'
import { requestsPerSecond, type Measurement } from './gateway.ts'

const rounds = 5
const secondsEach = 2
const services = Array.from({ length: 12 }, (_, index) => `one-${index}`)

/** A platform with the sandbox, and one without. */
const ways = ['with', 'without'] as const
type Way = (typeof ways)[number]
type Side = { platform: TestPlatform; admin: ApiClient }

/**
 * Medians of both platforms, measured by turns, each first as often as the other: what else the machine does falls on
 * both. The first round counts for nothing.
 */
async function byTurns(
  sides: Record<Way, Side>,
  measure: (side: Side, round: number) => Promise<number>,
): Promise<Record<Way, number>> {
  const all: Record<Way, number[]> = { with: [], without: [] }
  for (let round = 0; round <= rounds; round++)
    for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
      const measured = await measure(sides[way], round)
      if (round > 0) all[way].push(measured)
    }
  return { with: median(all.with), without: median(all.without) }
}

async function open(sandbox: 'auto' | 'off'): Promise<Side> {
  const platform = await startPlatform({
    runner: 'supervisor',
    database: 'own',
    environment: { VITRINE_SANDBOX: sandbox },
  })
  return { platform, admin: await platform.admin() }
}

/** Milliseconds until all services that were stopped are ready again. */
async function startAllMs({ admin }: Side): Promise<number> {
  await Promise.all(services.map((id) => admin.operate('stop', id)))
  const begun = performance.now()
  const ended = await Promise.all(services.map((id) => admin.operate('start', id)))
  if (ended.some(({ state }) => state !== 'succeeded')) throw new Error('a service did not start')
  return performance.now() - begun
}

async function measureAll(sides: Record<Way, Side>, folder: string): Promise<Measurement[]> {
  const post = join(folder, 'post.lua')
  const body = 'wrk.headers["Content-Type"] = "application/json"\nwrk.body = [[{"input_data": ["x"]}]]\n'
  await writeFile(post, `wrk.method = "POST"\n${body}`)
  for (const { admin } of Object.values(sides))
    for (const id of ['bench', ...services]) await admin.publish(id, smallPackage)
  const rates = await byTurns(sides, ({ platform, admin }) =>
    requestsPerSecond(
      { port: platform.publicPort, token: admin.token, pid: platform.pid, stop: async () => undefined },
      secondsEach,
      ['-s', post],
    ),
  )
  const starts = await byTurns(sides, startAllMs)
  const deploys = await byTurns(sides, async ({ admin }, round) => {
    await admin.upload(smallPackage, { algorithm_id: `deployed-${round}` })
    return deployMs(admin, `deployed-${round}`)
  })
  return [
    beside('requests to an instance in its sandbox vs without one', 'requests/s', rates.with, rates.without),
    beside(
      `start of ${services.length} stopped services in sandboxes vs without`,
      'ms',
      starts.with,
      starts.without,
    ),
    beside(
      'deploy to READY, git, checkout and instance in sandboxes vs without',
      'ms',
      deploys.with,
      deploys.without,
    ),
  ]
}

/** What the sandbox costs: two platforms beside each other, one of which has none. */
export async function benchWalls(): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-bench-walls-'))
  const opened: Side[] = []
  const keep = async (sandbox: 'auto' | 'off') => {
    const side = await open(sandbox)
    opened.push(side)
    return side
  }
  try {
    return await measureAll({ with: await keep('auto'), without: await keep('off') }, folder)
  } finally {
    for (const { platform } of opened) await platform.dispose()
    await rm(folder, { recursive: true, force: true })
  }
}
