import { once } from 'node:events'
import { appendFile, copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { patienceMs } from '../../../../../../tests/support/patience.ts'
import { dataPaths } from '../../../lib/paths.ts'
import { identify, isAliveSync, type ProcessIdentity } from '../../../lib/procfs/process-identity.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { buildEmbedded, embeddedUnderTest } from './embedded.test-build.ts'
import { buildOf, startProcess } from './embedded.process.ts'
import { ask, sendRaw } from '../gateway.test-client.ts'
import { testSetup } from '../gateway.test-setup.ts'
import { testGateway } from '../gateway.test-suite.ts'
import { testTakenPorts } from '../taken-ports.test-suite.ts'
import { freePort } from '../gateway.test-upstream.ts'
import { createWorld, route, type GatewayPart } from '../gateway.test-world.ts'
import { testKeepAlive } from '../keep-alive.test-suite.ts'
import { signalPid } from '../../../../../../tests/support/signals.ts'

const { builtFile, newFolder } = testSetup('main.js', buildEmbedded)

const createGateway = (part?: GatewayPart) => createGatewayOf(builtFile(), part)

const createGatewayOf = async (entryFile: string, part?: GatewayPart) =>
  embeddedUnderTest(await newFolder('data'), entryFile, part)

describe('embedded gateway', () => {
  testGateway(createGateway)
  testTakenPorts(createGateway)
  testKeepAlive(createGateway)
})

/** Makes a copy of the built file that a test may change. */
async function ownBuild(): Promise<string> {
  const copy = join(await newFolder('build'), 'main.js')
  await copyFile(builtFile(), copy)
  await writeFile(join(copy, '..', 'package.json'), '{"type":"module"}')
  return copy
}

describe('embedded gateway process', () => {
  test('a process of an older build finishes its requests while it is replaced, and the new one has the last table', async () => {
    const file = await ownBuild()
    const world = await createWorld(() => createGatewayOf(file))
    let finish = () => {}
    const upstream = await world.instance((req, res) => {
      if (req.url === '/quick') return res.end('quick')
      res.write('begun ')
      finish = () => res.end('finished')
    })
    await world.serve([route('a', [upstream])])
    const before = await world.pid()
    const underWay = ask(world.port, '/ai/a/slow')
    await waitFor(() => upstream.requests.length === 1, { timeoutMs: patienceMs })
    await world.gateway.close()
    await appendFile(file, '\n// newer\n')
    const again = world.createAgain()
    await again.open()
    expect(await world.pid()).not.toBe(before)
    expect((await ask(world.port, '/ai/a/quick')).body).toBe('quick')
    // The new process does not know of it, so nobody else would keep its instance from being ended.
    const inFlight = () => again.inFlight([upstream.instance_id])
    expect(await inFlight()).toBe(1)
    finish()
    expect((await underWay).body).toBe('begun finished')
    await expect.poll(inFlight, { timeout: patienceMs }).toBe(0)
    await again.close()
    await world.dispose()
  })

  describe('after a control plane that was killed', () => {
    /** A gateway that serves, on a data folder that the test knows. */
    async function serving() {
      const folder = await newFolder('data')
      const paths = dataPaths(folder)
      const world = await createWorld(async () => embeddedUnderTest(folder, builtFile()))
      const upstream = await world.instance()
      await world.serve([route('a', [upstream])])
      const first = await identify(await world.pid())
      await world.gateway.close()
      return { world, upstream, paths, first }
    }

    const isGone = (one: ProcessIdentity | null) => () => one !== null && !isAliveSync(one)

    test('while it replaced the process, the former one is ended, and a foreign one is not', async () => {
      const foreign = await createWorld(createGateway)
      const { world, upstream, paths, first } = await serving()
      const options = { dataPaths: paths, entryFile: builtFile(), nodeFile: process.execPath, env: {} }
      const second = await startProcess(options, await buildOf(builtFile()))
      const again = world.createAgain()
      await again.open()
      expect(await world.pid()).toBe(second.pid)
      await again.apply(world.table({ routes: [route('b', [upstream])] }))
      expect((await ask(world.port, '/ai/b/')).status).toBe(200)
      expect(await waitFor(isGone(first), { timeoutMs: patienceMs })).toBe(true)
      expect(await identify(await foreign.pid())).not.toBeNull()
      await again.close()
      await world.dispose()
      await foreign.dispose()
    })

    test('before it had recorded the process, that process is replaced by one of which there is a record', async () => {
      const { world, upstream, paths, first } = await serving()
      await rm(paths.gatewayRecord)
      const again = world.createAgain()
      await again.open()
      expect(await world.pid()).not.toBe(first?.pid)
      await again.apply(world.table({ routes: [route('b', [upstream])] }))
      expect((await ask(world.port, '/ai/b/')).status).toBe(200)
      expect(await waitFor(isGone(first), { timeoutMs: patienceMs })).toBe(true)
      await again.close()
      await world.dispose()
    })

    test('the end of the platform ends a process that nobody has recorded', async () => {
      const { world, paths, first } = await serving()
      await rm(paths.gatewayRecord)
      await world.createAgain().shutdown()
      expect(isGone(first)()).toBe(true)
      await world.dispose()
    })
  })

  test('a newer build that does not start leaves the older process serving', async () => {
    const file = await ownBuild()
    const world = await createWorld(() => createGatewayOf(file))
    await world.serve([route('a', [await world.instance()])])
    const before = await world.pid()
    await world.gateway.close()
    await writeFile(file, 'throw new Error("cannot go on")')
    await expect(world.createAgain().open()).rejects.toMatchObject({ code: 'gateway.unavailable' })
    expect([await world.pid(), (await ask(world.port, '/ai/a/')).status]).toEqual([before, 200])
    await world.dispose()
  })

  test('a build that does not start is reported as unavailable, with its last output', async () => {
    const file = await ownBuild()
    await writeFile(file, 'throw new Error("cannot go on")')
    const under = await createGatewayOf(file)
    await expect(under.gateway.open()).rejects.toMatchObject({
      code: 'gateway.unavailable',
      details: { reason: expect.stringContaining('cannot go on') },
    })
  })

  test('if a front port was taken while the gateway was down, the rest is served, and the port too once it is free', async () => {
    const world = await createWorld(createGateway)
    const front = { host: '127.0.0.1', port: await freePort() }
    await world.serve([route('a', [await world.instance()], { front })])
    await world.gateway.shutdown()
    const foreign = createServer().listen(front.port, '127.0.0.1')
    await once(foreign, 'listening')
    const again = world.createAgain()
    await again.open()
    expect((await ask(world.port, '/ai/a/')).status).toBe(200)
    foreign.close()
    const isBack = () =>
      ask(front.port, '/').then(
        (answer) => answer.status === 200,
        () => false,
      )
    expect(await waitFor(isBack, { timeoutMs: patienceMs })).toBe(true)
    await again.shutdown()
    await world.dispose()
  })

  describe('an instance that writes its own bytes', () => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

    test('and is malformed right behind its head gets a whole refusal to its client, whose connection stays', async () => {
      const world = await createWorld(createGateway)
      const raw = await world.rawInstance((socket) => void socket.write(`${head}no chunk\r\n`))
      await world.serve([route('a', [raw])])
      const get = 'GET /ai/a/ HTTP/1.1\r\nHost: localhost\r\n\r\n'
      const until = /(?:[^]*gateway\.upstream_broken){2}[^]*"request_id":"[^"]*"\}\}$/
      expect(await sendRaw(world.port, get + get, { until })).toMatch(until)
      await world.dispose()
    })

    test('and sends more pieces at once than its client takes makes the process warn of nothing', async () => {
      const folder = await newFolder('data')
      const world = await createWorld(async () => embeddedUnderTest(folder, builtFile()))
      const pieces = Buffer.from('1\r\nx\r\n'.repeat(1_000_000))
      const raw = await world.rawInstance((socket) => {
        socket.write(head)
        socket.write(pieces)
      })
      await world.serve([route('a', [raw], { timeout_ms: 60_000 })])
      const client = connect(world.port, '127.0.0.1')
      client.write('GET /ai/a/ HTTP/1.1\r\nHost: localhost\r\n\r\n')
      let received = 0
      client.on('data', (chunk: Buffer) => (received += chunk.length))
      await waitFor(() => received > 5_000_000, { timeoutMs: 60_000 })
      client.destroy()
      await world.dispose()
      expect(await readFile(join(dataPaths(folder).platformLogs, 'gateway.log'), 'utf8')).not.toMatch(
        /Warning/,
      )
    })
  })

  test('SIGHUP makes it reopen its access log', async () => {
    const world = await createWorld(createGateway)
    await world.serve([])
    await ask(world.port, '/', { headers: { 'X-Request-Id': 'before' } })
    await world.logged('before')
    await rename(world.accessLogFile, `${world.accessLogFile}.old`)
    signalPid(await world.pid(), 'SIGHUP')
    await ask(world.port, '/', { headers: { 'X-Request-Id': 'after' } })
    await world.logged('after')
    expect(await readFile(`${world.accessLogFile}.old`, 'utf8')).not.toContain('after')
    await world.dispose()
  })
})
