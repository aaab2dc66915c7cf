import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import type { ProcessRunner } from '../../adapters/process-runner/process-runner.ts'
import { realRunners } from '../../adapters/process-runner/real-runners.test-setup.ts'
import { testPorts, type TestPorts } from '../../adapters/process-runner/runner-ports.test-source.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { takesRequests } from './instance-facts.ts'
import { InstanceMonitor, type LiveInstance } from './instance-monitor.ts'
import { httpProbe } from './probe.ts'

const onError = (error: unknown) => {
  throw error
}

const id = 'demo-r1-1'
/**
 * Takes its port as soon as it is free, in a child process as servers with workers do, and answers that it is
 * ready.
 */
const worker = `
  const server = require('node:http').createServer((_req, res) => res.end('{"status":"READY","uptime_s":1}'))
  const take = () => server.listen(Number(process.env.PORT), '127.0.0.1')
  server.on('error', () => setTimeout(take, 50))
  take()`
const patient = `require('node:child_process').spawn(process.execPath, ['-e', process.argv[1]], { detached: true })
  setInterval(() => {}, 1000)`

type World = { runner: ProcessRunner; monitor: InstanceMonitor; ports: TestPorts }
type Open = NonNullable<(typeof realRunners)[number]['open']>

async function withMonitor(open: Open, work: (world: World) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'vst-'))
  const ports = testPorts()
  const runner = open(folder, { ports })
  const monitor = new InstanceMonitor({
    runner,
    probe: httpProbe,
    onChange: () => {},
    onError,
    portsOf: async () => [],
    lastLines: async () => [],
  })
  try {
    await runner.open()
    await runner.add([
      {
        id,
        file: process.execPath,
        args: ['-e', patient, worker],
        cwd: folder,
        env: { VITRINE_INSTANCE: id, VITRINE_RELEASE_FILE: join(folder, 'vitrine.json') },
        listens: 'port',
        stdoutLog: join(folder, 'out.log'),
        stderrLog: join(folder, 'err.log'),
        startSeconds: 1,
        stopGraceMs: 1_000,
        user: null,
        limits: {},
      },
    ])
    const place = { id, serviceId: 'demo', release: 1, replica: 1, configRevision: 0, healthPath: '/health' }
    const timing = { healthIntervalMs: 200, startupTimeoutMs: 60_000, healthRestarts: 0, temporary: false }
    await monitor.open([{ ...place, ...timing }])
    await work({ runner, monitor, ports })
  } finally {
    monitor.close()
    await runner.shutdown()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Another process that takes a port and answers that it is ready: this test process. */
async function takePort(port: number): Promise<Server> {
  const server = createServer((_req, res) => res.end(JSON.stringify({ status: 'READY', uptime_s: 1 })))
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return server
}

const deadline = { timeoutMs: patienceMs, everyMs: 20 }

describe.each(realRunners)('under the $name runner', ({ open }) => {
  test.skipIf(open === null)(
    'a READY answer of another process on an instance’s port does not count, and the instance becomes ready on another port',
    async () => {
      if (open === null) return
      await withMonitor(open, async ({ runner, monitor, ports }) => {
        const foreignServers: Server[] = []
        ports.onGiven = async (_id, port) => {
          if (foreignServers.length === 0) foreignServers.push(await takePort(port))
        }
        const seen: LiveInstance[] = []
        try {
          await runner.start(id)
          const isReady = async () => {
            const live = await monitor.probeNow(id)
            if (live) seen.push(live)
            return live?.health === 'READY'
          }
          expect(await waitFor(isReady, deadline)).toBe(true)
        } finally {
          for (const foreign of foreignServers) {
            foreign.close()
            foreign.closeAllConnections()
          }
        }
        const [first, last] = [ports.given.at(0), ports.given.at(-1)]
        // The other process answers READY all the time, but only the instance's own answer counts.
        expect(seen.filter(takesRequests).map(({ endpoint }) => endpoint)).toMatchObject([
          { host: '127.0.0.1', port: last?.port },
        ])
        const named = seen.map(({ reason }) => reason).find((reason) => reason?.code === 'port_taken')
        expect(named).toMatchObject({ port: first?.port, by: { pid: process.pid } })
      })
    },
  )

  test.skipIf(open === null)(
    'who answers is checked again for each new process of the instance',
    async () => {
      if (open === null) return
      await withMonitor(open, async ({ runner, monitor }) => {
        const looks: string[] = []
        const look = runner.listener.bind(runner)
        runner.listener = async (of) => {
          const listener = await look(of)
          looks.push(typeof listener === 'string' ? listener : 'foreign')
          return listener
        }
        const untilReady = async () =>
          expect(await waitFor(async () => (await monitor.probeNow(id))?.health === 'READY', deadline)).toBe(
            true,
          )
        await runner.start(id)
        await untilReady()
        const before = looks.length
        for (let i = 0; i < 5; i++) await monitor.probeNow(id)
        expect(looks.length).toBe(before)
        await runner.stop(id)
        await runner.start(id)
        await untilReady()
        expect(looks.slice(before)).toContain('own')
      })
    },
  )
})
