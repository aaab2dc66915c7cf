import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { pageOf, service, taskAccepted, type Service } from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { readEvents } from '../support/api-client.ts'
import { freePorts } from '../support/free-ports.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { effectiveP95 } from './configuration.ts'
import type { Measurement } from './gateway.ts'
import { fetchPm2, startPm2, startSupervisor, type Manager, type Program } from './services.managers.ts'
import { useAtRest } from './process-use.ts'
import { signalPid } from '../support/signals.ts'

const howMany = 200
const deploysAtOnce = 8
const listings = 100
const idleSeconds = 20
const rounds = 3
/** What the figures are held to where there is no other program to hold them to. */
const wanted = { idleCpu: 0.03, idleMegabytes: 250, changeMs: 500, effectiveMs: 30 }

/** A small real server: answers every request with its health, in about ten megabytes. */
const server = `import os, socket
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64)
answer = b'HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: 18\\r\\nconnection: close\\r\\n\\r\\n{"status":"READY"}'
while True:
    connection, _ = listener.accept()
    connection.recv(65536)
    connection.sendall(answer)
    connection.close()
`
const files: PackageFiles = {
  'server.py': server,
  'algorithm.yaml': 'id: small\nruntime: command\nentry: python3 -ISE server.py\n',
}
const idOf = (index: number) => `small-${String(index).padStart(3, '0')}`
const servicePage = pageOf(service)

async function deployAll(admin: ApiClient): Promise<void> {
  await admin.upload(files, { algorithm_id: 'small' })
  let next = 0
  const worker = async () => {
    for (let index = next++; index < howMany; index = next++) {
      const ended = await admin.deploy('small', { service_id: idOf(index) })
      if (ended.state !== 'succeeded') throw new Error(JSON.stringify(ended.error))
    }
  }
  await Promise.all(Array.from({ length: deploysAtOnce }, worker))
}

const list = (admin: ApiClient): Promise<{ items: Service[] }> =>
  admin.get(`/services?page_size=${howMany}`, servicePage)

/** The time under which 95 of 100 lists of all services come, as a caller of the API has it; milliseconds. */
async function listP95(admin: ApiClient): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < listings; round++) {
    const begun = performance.now()
    await (await admin.request('GET', `/services?page_size=${howMany}`)).arrayBuffer()
    times.push(performance.now() - begun)
  }
  return times.toSorted((a, b) => a - b)[Math.floor(listings * 0.95)] ?? 0
}

/** From the call until every service has been restarted and takes requests again; seconds. */
async function restartAll(admin: ApiClient): Promise<number> {
  const begun = performance.now()
  const { task_id: id } = await admin.post('/services/batch', taskAccepted, { action: 'restart', all: true })
  const stream = await admin.request('GET', `/tasks/${id}/events`)
  // It ends with the task.
  await readEvents(stream)
  const took = (performance.now() - begun) / 1000
  const task = await admin.task(id)
  const results = z.array(z.object({ ok: z.boolean() })).parse(task.result)
  if (results.length !== howMany || !results.every(({ ok }) => ok))
    throw new Error(`not all were restarted: ${JSON.stringify(task).slice(0, 2000)}`)
  return took
}

/** From the end of a process until who listens to the platform's events has been told; milliseconds. */
async function changeToEvent(admin: ApiClient): Promise<number> {
  const { items } = await list(admin)
  const target = items.find(({ instances }) => instances[0]?.pid)
  const pid = target?.instances[0]?.pid
  if (!target || !pid) throw new Error('no service runs')
  const stream = await admin.request('GET', '/events')
  const told = readEvents(stream, (event) => event.event === 'service' && event.data.includes(target.id))
  const begun = performance.now()
  signalPid(pid, 'SIGKILL')
  await told
  const took = performance.now() - begun
  const isBack = async () => (await admin.service(target.id)).health === 'READY'
  if (!(await waitFor(isBack, { timeoutMs: 30_000 }))) throw new Error(`${target.id} did not come back`)
  return took
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Seconds that a list takes, and a restart of all. */
type Figures = { list: number; restart: number }

/** Starts another keeper with the same programs, measures it, and ends it again, so that nothing of it runs beside the others. */
async function measureManager(start: () => Promise<Manager>): Promise<Figures> {
  const manager = await start()
  try {
    await manager.list()
    const listing = median([await manager.list(), await manager.list(), await manager.list()])
    // The first one after a start finds programs that have just come up; so does ours.
    await manager.restartAll()
    return { list: listing, restart: await manager.restartAll() }
  } finally {
    await manager.stop()
  }
}

async function measureOurs(platform: TestPlatform) {
  const admin = await platform.admin()
  await deployAll(admin)
  await listP95(admin)
  const listMs = await listP95(admin)
  const idle = await useAtRest(platform.pid, idleSeconds)
  const change = median([await changeToEvent(admin), await changeToEvent(admin), await changeToEvent(admin)])
  const effectiveMs = await effectiveP95(
    admin,
    Array.from({ length: howMany }, (_, index) => idOf(index)),
  )
  await restartAll(admin)
  return { listMs, idle, change, effectiveMs }
}

type Starts = { supervisor: () => Promise<Manager>; pm2: () => Promise<Manager> }

/** How the others are started; each start in a folder of its own. */
async function prepareOthers(folder: string): Promise<Starts> {
  const script = join(folder, 'server.py')
  await writeFile(script, server)
  const first = await freePorts(howMany)
  const programs: Program[] = Array.from({ length: howMany }, (_, index) => ({
    name: idOf(index),
    port: first + index,
    script,
  }))
  const pm2 = await fetchPm2(join(folder, 'pm2'))
  const ownFolder = () => mkdtemp(join(folder, 'm-'))
  return {
    supervisor: async () => startSupervisor(await ownFolder(), programs),
    pm2: async () => startPm2(pm2, await ownFolder(), programs),
  }
}

/** Ours and the others by turns, for what else this machine does changes all the time. */
async function measureByTurns(platform: TestPlatform, { supervisor, pm2 }: Starts) {
  const admin = await platform.admin()
  const ours: number[] = []
  const supervisors: Figures[] = []
  const pm2s: Figures[] = []
  for (let round = 0; round < rounds; round++) {
    ours.push(await restartAll(admin))
    supervisors.push(await measureManager(supervisor))
    pm2s.push(await measureManager(pm2))
  }
  const middle = (figures: Figures[]): Figures => ({
    list: median(figures.map((one) => one.list)),
    restart: median(figures.map(({ restart }) => restart)),
  })
  return { restart: median(ours), supervisor: middle(supervisors), pm2: middle(pm2s) }
}

const beside = (name: string, ours: number, theirs: number, unit: string): Measurement => ({
  name,
  ours,
  theirs,
  unit,
  ratio: ours / theirs,
})

/** Two hundred small services on one platform, beside the same programs under supervisord and under pm2. */
export async function benchServices(): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vb-'))
  const ports = { front: howMany + 20, instance: 2 * howMany + 20 }
  const platform = await startPlatform({ runner: 'supervisor', database: 'own', ports })
  try {
    const { idle, listMs, change, effectiveMs } = await measureOurs(platform)
    const { restart, supervisor, pm2 } = await measureByTurns(platform, await prepareOthers(folder))
    return [
      beside(
        'GET /config/effective with 1,000 keys and 200 services (p95) vs what is wanted',
        effectiveMs,
        wanted.effectiveMs,
        'ms',
      ),
      beside('list of 200 services (p95) vs `supervisorctl status`', listMs, supervisor.list * 1000, 'ms'),
      beside('list of 200 services (p95) vs `pm2 jlist`', listMs, pm2.list * 1000, 'ms'),
      beside(
        'restart of 200, each ready again vs `supervisorctl restart all`',
        restart,
        supervisor.restart,
        's',
      ),
      beside('restart of 200, each ready again vs `pm2 restart all`', restart, pm2.restart, 's'),
      beside(
        'control plane with 200 services at rest, vs the limit of 3 % of a core',
        idle.cores * 100,
        wanted.idleCpu * 100,
        '%',
      ),
      beside(
        'control plane with 200 services at rest, memory vs its limit',
        idle.megabytes,
        wanted.idleMegabytes,
        'MB',
      ),
      beside(
        'time from the exit of a process until the pages know vs the limit of half a second',
        change,
        wanted.changeMs,
        'ms',
      ),
    ]
  } finally {
    await platform.dispose()
    await rm(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === import.meta.filename) console.table(await benchServices())
