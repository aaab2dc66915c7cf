import { setTimeout as delay } from 'node:timers/promises'
import { serviceEndpoints } from '@vitrine/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { instancePort } from '../support/instance-port.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { signalIfAlive } from '../support/signals.ts'

const count = 50
const ids = Array.from({ length: count }, (_unused, number) => `service-${number}`)
const names = ['one', 'two'] as const
type Name = (typeof names)[number]
/** How long a hundred processes may take to start on a busy machine, in milliseconds. */
const patienceMs = 240_000

/** A small server that answers with the names of its platform and its service. */
const who = (platform: Name): PackageFiles => ({
  'algorithm.yaml':
    'id: who\nruntime: command\nentry: python3 -S server.py\nhealth: {startup_timeout_s: 120}\n',
  'server.py': [
    'import os, socketserver',
    '',
    `said = '{"platform":"${platform}","instance":"%s"}' % os.environ["VITRINE_INSTANCE"]`,
    'answer = ("HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\n"',
    '          "Connection: close\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(said), said)).encode()',
    '',
    'class Handler(socketserver.StreamRequestHandler):',
    '    def handle(self):',
    '        while self.rfile.readline().strip():',
    '            pass',
    '        self.wfile.write(answer)',
    '',
    'class Server(socketserver.ThreadingTCPServer):',
    '    allow_reuse_address = True',
    '    request_queue_size = 64',
    '',
    'Server((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()',
    '',
  ].join('\n'),
})
const said = z.object({ platform: z.string(), instance: z.string() })

type Side = { name: Name; platform: TestPlatform; admin: ApiClient }
const sides: Side[] = []

beforeAll(async () => {
  // There are hardly more ports than both need, so that they collide all the time.
  const first = await startPlatform({ runner: 'supervisor', ports: { front: 120, instance: 125 } })
  sides.push({ name: 'one', platform: first, admin: await first.admin() })
  const second = await startPlatform({ runner: 'local', beside: first })
  sides.push({ name: 'two', platform: second, admin: await second.admin() })
  for (const { name, admin } of sides) await admin.upload(who(name), { algorithm_id: 'who' })
}, 180_000)
afterAll(async () => {
  for (const { platform } of sides) await platform.dispose()
}, 240_000)

/** A lane waits so long between two requests, milliseconds: as many as the machine can would leave nothing of it to what is tested. */
const paceMs = 25

type Tally = { right: number; refused: number; wrong: string[] }

/** Asks every service of both platforms again and again, by path and by front port, and records who answered. */
function askAll() {
  const tally: Tally = { right: 0, refused: 0, wrong: [] }
  let isOver = false
  async function askOne({ name, platform, admin }: Side, id: string): Promise<void> {
    // Its instance may be killed in the middle of the answer.
    const read = async (answer: Response) => ({ status: answer.status, text: await answer.text() })
    const answer = await admin
      .request('GET', `//ai/${id}/who`)
      .then(read)
      .catch(() => null)
    if (answer?.status !== 200) {
      tally.refused += 1
      return
    }
    const { platform: whose, instance } = said.parse(JSON.parse(answer.text))
    if (whose === name && instance.startsWith(`${id}-r`)) tally.right += 1
    else tally.wrong.push(`${name} ${id} at ${platform.publicPort} was answered by ${whose} ${instance}`)
  }
  const lane = async (side: Side, offset: number) => {
    for (let turn = offset; !isOver; turn++) {
      await askOne(side, ids[turn % count] ?? '')
      await delay(paceMs)
    }
  }
  const lanes = sides.flatMap((side) => [lane(side, 0), lane(side, count / 2)])
  return async (): Promise<Tally> => {
    isOver = true
    await Promise.all(lanes)
    return tally
  }
}

/** Starts a task for each service of a platform at once. Resolves with the tasks that failed. */
async function allAtOnce(side: Side, begin: (id: string) => Promise<string>): Promise<string[]> {
  const begun = await Promise.all(ids.map(begin))
  const failures: string[] = []
  for (const id of begun) {
    const task = await side.admin.taskEnd(id, patienceMs)
    if (task.state !== 'succeeded') failures.push(`${side.name}: ${JSON.stringify(task.error)}`)
  }
  return failures
}
const onBoth = async (work: (side: Side) => Promise<string[]>): Promise<string[]> =>
  (await Promise.all(sides.map(work))).flat()

const deployAll = (side: Side) =>
  allAtOnce(side, (id) => side.admin.beginDeploy('who', { service_id: id, service_config: { timeout: 5 } }))
const restartAll = (side: Side) =>
  allAtOnce(side, async (id) => {
    const accepted = z.object({ task_id: z.string() })
    return (await side.admin.post(`/services/restart/${id}`, accepted)).task_id
  })
/** All services of a platform by one request: fifty again and again take the machine as long as what they look at. */
const servicesOf = async ({ admin }: Side) =>
  (await admin.get(`/services?page_size=${count}`, serviceEndpoints['GET /services'].response)).items

/** Kills every instance of a platform at once and waits until all are back. Resolves with those that are not. */
async function killAll(side: Side): Promise<string[]> {
  const pids = (await servicesOf(side)).flatMap(({ instances }) => instances.flatMap(({ pid }) => pid ?? []))
  expect(pids.length).toBe(count)
  for (const pid of pids) signalIfAlive(pid, 'SIGKILL')
  let left: string[] = []
  await waitFor(
    async () => {
      const down = (await servicesOf(side)).filter(
        ({ health, instances }) => health !== 'READY' || pids.includes(instances[0]?.pid ?? 0),
      )
      left = down.map((one) => `${side.name}: ${one.id} is ${one.status} ${one.health}: ${one.reason}`)
      return left.length === 0
    },
    { timeoutMs: patienceMs, everyMs: 500 },
  )
  return left
}

test(
  'two platforms with the same port ranges deploy, restart and kill fifty services each at once: nothing fails, and none answers for the other',
  async ({ annotate }) => {
    const end = askAll()
    const failures = [
      ...(await onBoth(deployAll)),
      ...(await onBoth(restartAll)),
      ...(await onBoth(killAll)),
      // One platform restarts its services while those of the other are killed.
      ...(await onBoth((side) => (side.name === 'one' ? restartAll(side) : killAll(side)))),
      ...(await onBoth((side) => (side.name === 'two' ? restartAll(side) : killAll(side)))),
    ]
    const tally = await end()
    const all = (await Promise.all(sides.map(servicesOf))).flat()
    const ports = all.flatMap(({ front_port: front, instances }) => [front, instancePort(instances[0])])
    await annotate(
      `${all.length} services; ${failures.length} failures; ${tally.right} answers of the right instance, ` +
        `${tally.wrong.length} of a wrong one, ${tally.refused} refused meanwhile`,
    )
    expect(failures).toEqual([])
    expect(tally.wrong).toEqual([])
    expect(tally.right).toBeGreaterThan(count * 2)
    expect(new Set(ports).size).toBe(count * 4)
    expect(all.flatMap(({ front_port_taken: taken }) => taken ?? [])).toEqual([])
  },
  20 * 60_000,
)
