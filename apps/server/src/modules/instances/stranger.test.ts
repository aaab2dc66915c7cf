import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../adapters/gateway/gateway.test-upstream.ts'
import type { ProcessRunner } from '../../adapters/process-runner/process-runner.ts'
import { realRunners } from '../../adapters/process-runner/real-runners.test-setup.ts'
import { portListeners, type PortListener } from '../../lib/procfs/port-ownership.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { takesRequests } from './instance-facts.ts'
import { LiveBoard } from './live-board.ts'
import { httpProbe } from './probe.ts'

const onError = (error: unknown) => {
  throw error
}

const id = 'demo-r1-1'
/** Takes its port as soon as it can have it, through a child as servers with workers do, and says that it is ready. */
const worker = `
  const server = require('node:http').createServer((_req, res) => res.end('{"status":"READY","uptime_s":1}'))
  const take = () => server.listen(Number(process.env.PORT), '127.0.0.1')
  server.on('error', () => setTimeout(take, 50))
  take()`
const patient = `require('node:child_process').spawn(process.execPath, ['-e', process.argv[1]], { detached: true })
  setInterval(() => {}, 1000)`

type World = { runner: ProcessRunner; board: LiveBoard; port: number; looks: PortListener[] }

async function withBoard(open: (folder: string) => ProcessRunner, work: (world: World) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'vst-'))
  const runner = open(folder)
  const port = await freePort()
  const looks: PortListener[] = []
  const look = portListeners()
  const board = new LiveBoard({
    ...{ runner, probe: httpProbe, onChange: () => {}, onError },
    ...{ portsOf: async () => [], lastLines: async () => [] },
    listenerOf: async (...seen) => {
      const listener = await look(...seen)
      looks.push(listener)
      return listener
    },
  })
  try {
    await runner.open()
    const file = {
      file: process.execPath,
      args: ['-e', patient, worker],
      cwd: folder,
      user: null,
      limits: {},
    }
    const env = {
      VITRINE_INSTANCE: id,
      VITRINE_RELEASE_FILE: join(folder, 'vitrine.json'),
      PORT: String(port),
    }
    const logs = { stdoutLog: join(folder, 'out.log'), stderrLog: join(folder, 'err.log') }
    await runner.add([{ id, env, ...file, ...logs, startSeconds: 1, stopGraceMs: 1_000 }])
    const place = { id, serviceId: 'demo', release: 1, replica: 1, port, healthPath: '/health' }
    const timing = { healthIntervalMs: 200, startupTimeoutMs: 60_000, healthRestarts: 0, temporary: false }
    await board.open([{ ...place, ...timing }])
    await work({ runner, board, port, looks })
  } finally {
    board.close()
    await runner.shutdown()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Somebody who took the port and says that he is ready: this process. */
async function takePort(port: number): Promise<Server> {
  const server = createServer((_req, res) => res.end(JSON.stringify({ status: 'READY', uptime_s: 1 })))
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return server
}

const deadline = { timeoutMs: 30_000, everyMs: 20 }

describe.each(realRunners)('under the $name runner', ({ open }) => {
  test.skipIf(open === null)(
    'a stranger that answers READY on an instance’s port is not believed, and is named; the instance is, once it has its port',
    async () => {
      if (open === null) return
      await withBoard(open, async ({ runner, board, port, looks }) => {
        const stranger = await takePort(port)
        try {
          await runner.start(id)
          const held = await waitFor(async () => {
            const live = await board.probeNow(id)
            return live?.reason?.code === 'port_held' ? live : null
          }, deadline)
          expect(held).toMatchObject({ health: 'UNKNOWN', reason: { port, by: { pid: process.pid } } })
          expect(held && takesRequests(held)).toBe(false)
        } finally {
          stranger.close()
          stranger.closeAllConnections()
        }
        expect(await waitFor(() => board.get(id)?.health === 'READY', deadline)).toBe(true)
        expect(looks.at(-1)).toBe('own')
        const before = looks.length
        for (let i = 0; i < 5; i++) await board.probeNow(id)
        expect(looks.length).toBe(before)
      })
    },
    60_000,
  )

  test.skipIf(open === null)(
    'who has the port is looked up again for another process of the instance',
    async () => {
      if (open === null) return
      await withBoard(open, async ({ runner, board, looks }) => {
        const untilReady = async () =>
          expect(await waitFor(async () => (await board.probeNow(id))?.health === 'READY', deadline)).toBe(
            true,
          )
        await runner.start(id)
        await untilReady()
        const before = looks.length
        await runner.stop(id)
        await runner.start(id)
        await untilReady()
        expect(looks.slice(before)).toContain('own')
      })
    },
    60_000,
  )
})
