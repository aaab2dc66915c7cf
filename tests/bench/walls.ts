import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { deployMs, smallPackage } from './deploy.ts'
import { besideInPairs, type Pair } from './figures.ts'
import { requestsPerSecond, type Measurement } from './gateway.ts'

/** How many pairs of windows count, one window with the sandbox and one without in each. */
const pairsOf = { rates: 15, starts: 9, deploys: 9 }
const secondsEach = 1
const services = Array.from({ length: 4 }, (_, index) => `one-${index}`)

/** A platform with the sandbox, and one without. */
const ways = ['with', 'without'] as const
type Way = (typeof ways)[number]
type Side = { platform: TestPlatform; admin: ApiClient }

/** Measures both platforms by turns in short windows, each first as often as the other. The first pair counts for nothing. */
async function inPairs(
  sides: Record<Way, Side>,
  count: number,
  measure: (side: Side, round: number) => Promise<number>,
): Promise<Pair[]> {
  const pairs: Pair[] = []
  for (let round = 0; round <= count; round++) {
    const measured = { with: 0, without: 0 }
    for (const way of round % 2 === 0 ? ways : ways.toReversed())
      measured[way] = await measure(sides[way], round)
    if (round > 0) pairs.push({ ours: measured.with, theirs: measured.without })
  }
  return pairs
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
  const rates = await inPairs(sides, pairsOf.rates, ({ platform, admin }) =>
    requestsPerSecond(
      { port: platform.publicPort, token: admin.token, pid: platform.pid, stop: async () => undefined },
      secondsEach,
      ['-s', post],
    ),
  )
  const starts = await inPairs(sides, pairsOf.starts, startAllMs)
  const deploys = await inPairs(sides, pairsOf.deploys, async ({ admin }, round) => {
    await admin.upload(smallPackage, { algorithm_id: `deployed-${round}` })
    return deployMs(admin, `deployed-${round}`)
  })
  const { length } = services
  return [
    besideInPairs('requests to an instance in its sandbox vs without one', 'requests/s', rates),
    besideInPairs(`start of ${length} stopped services in sandboxes vs without`, 'ms', starts),
    besideInPairs('deploy to READY, git, checkout and instance in sandboxes vs without', 'ms', deploys),
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
