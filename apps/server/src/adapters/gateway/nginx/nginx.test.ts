import { once } from 'node:events'
import { readdir, readFile, readlink, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { codeOfError } from '../../../lib/code-of-error.ts'
import { patienceMs } from '../../../../../../tests/support/patience.ts'
import { dataPaths } from '../../../lib/paths.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { ask } from '../gateway.test-client.ts'
import { testSetup } from '../gateway.test-setup.ts'
import { freePort } from '../gateway.test-upstream.ts'
import { testChanges } from '../changes.test-suite.ts'
import { testGateway } from '../gateway.test-suite.ts'
import { testTakenPorts } from '../taken-ports.test-suite.ts'
import { cannotBeWritten } from '../unwritten.test-suite.ts'
import { testRevocation } from '../revocation.test-suite.ts'
import { apiKey, createWorld, route } from '../gateway.test-world.ts'
import {
  buildScripts,
  isLuaInstalled,
  isNginxInstalled,
  ownNginxUnderTest,
  type NginxPart,
} from './nginx.test-build.ts'
import { signalPid } from '../../../../../../tests/support/signals.ts'

const { builtFile, newFolder } = testSetup('gate.js', buildScripts)

/** Uses Lua if it is installed, unless told otherwise. */
const createGateway = (part: NginxPart = {}, hasLua = () => isLuaInstalled) =>
  ownNginxUnderTest({ builtFile, newFolder }, part, hasLua)

const withWhat = isLuaInstalled ? 'with Lua' : 'with njs (Lua is not installed)'

describe.skipIf(!isNginxInstalled)(
  isNginxInstalled
    ? `nginx gateway ${withWhat}`
    : 'nginx gateway (skipped: nginx or its njs is not installed)',
  () => {
    testGateway((part) => createGateway(part))
    if (isLuaInstalled) testTakenPorts(() => createGateway())

    test.each(['/vitrine-decide', '/vitrine-bad-request', '/vitrine-headers-too-large'])(
      'a request from outside for the internal address %s is refused',
      async (path) => {
        const world = await createWorld(() => createGateway())
        await world.serve([])
        const answer = await ask(world.port, path)
        expect([answer.status, answer.code()]).toEqual([400, 'gateway.bad_request'])
        await world.dispose()
      },
    )

    // The system's nginx never has our Lua, so nginx.system.test.ts runs the other suites without it.
    describe('without Lua', () => {
      testRevocation(() => createGateway({}, () => false))
      testChanges(() => createGateway({}, () => false))
    })

    test('a service is deleted at once where the configuration cannot be written, and leaves it when that is possible again', async () => {
      const world = await createWorld(() => createGateway())
      const [a, b] = [await world.instance(), await world.instance()]
      const front = { host: '127.0.0.1', port: await freePort() }
      await world.serve([route('a', [a]), route('b', [b], { front }), route('c', [b])])
      const file = join(dirname(world.files.table), 'nginx', 'nginx.conf')
      const end = await cannotBeWritten(`${file}.candidate`)
      await world.serve([route('a', [a]), route('c', [b])])
      await world.serve([route('a', [a])])
      const statuses = await Promise.all(
        ['a', 'b', 'c'].map(async (slug) => (await ask(world.port, `/ai/${slug}/`)).status),
      )
      expect(statuses).toEqual([200, 404, 404])
      expect((await ask(front.port, '/')).status).toBe(404)
      await expect(world.serve([route('a', [a]), route('d', [b])])).rejects.toMatchObject({ syscall: 'open' })
      expect((await ask(world.port, '/ai/a/')).status).toBe(200)
      await end()
      await expect.poll(() => readFile(file, 'utf8'), { timeout: patienceMs }).not.toMatch(/\/ai\/[bc]\//)
      await world.serve([route('a', [a]), route('d', [b])])
      expect((await ask(world.port, '/ai/d/')).status).toBe(200)
      await world.dispose()
    })

    test('a port that is free again is opened later if it cannot be at first, and nobody is told that the gateway is down', async () => {
      const told: string[] = []
      const onRestart = () => void told.push('restarted or down')
      const onTrouble = () => void told.push('trouble')
      const world = await createWorld(() => createGateway({ onRestart, onTrouble }))
      const front = { host: '127.0.0.1', port: await freePort() }
      await world.serve([route('a', [await world.instance()], { front })])
      await world.gateway.shutdown()
      const foreign = createServer().listen(front.port, front.host)
      await once(foreign, 'listening')
      await world.gateway.open()
      const end = await cannotBeWritten(join(dirname(world.files.table), 'nginx', 'nginx.conf.candidate'))
      foreign.close()
      await once(foreign, 'close')
      await expect.poll(() => told, { timeout: patienceMs }).toEqual(['trouble'])
      await end()
      const status = () =>
        ask(front.port, '/').then(
          (answer) => answer.status,
          () => null,
        )
      await expect.poll(status, { timeout: patienceMs }).toBe(200)
      expect(told).toEqual(['trouble'])
      await world.dispose()
    })

    test('one that was started by a control plane which was killed before it had recorded it is taken over', async () => {
      const world = await createWorld(() => createGateway())
      const upstream = await world.instance()
      await world.serve([route('a', [upstream])])
      const pid = await world.pid()
      await world.gateway.close()
      await rm(dataPaths(join(dirname(world.files.table), '..')).gatewayRecord)
      const again = world.createAgain()
      await again.open()
      expect(await world.pid()).toBe(pid)
      await again.apply(world.table({ routes: [route('b', [upstream])] }))
      expect((await ask(world.port, '/ai/b/')).status).toBe(200)
      await again.close()
      await world.dispose()
    })

    test('if nginx has no Lua, njs decides', async () => {
      const world = await createWorld(() => createGateway({}, () => false))
      await world.serve([route('a', [await world.instance()], { auth: 'required' })])
      const { key, entry } = apiKey()
      await world.gateway.applyKeys({ version: 1, keys: [entry], revoked: [] })
      const statusWith = async (secret: string) =>
        (await ask(world.port, '/ai/a/', { headers: { Authorization: `Bearer ${secret}` } })).status
      expect([await statusWith(key), await statusWith(`${key}x`)]).toEqual([200, 401])
      expect((await ask(world.port, '/ai/a/../b')).status).toBe(400)
      await world.dispose()
    })

    test.skipIf(!isLuaInstalled)(
      'if Lua is installed later, a running nginx switches to it without a failed request',
      async () => {
        let hasLua = false
        const world = await createWorld(() => createGateway({}, () => hasLua))
        await world.serve([route('a', [await world.instance()], { auth: 'required' })])
        const { key, entry } = apiKey()
        await world.gateway.applyKeys({ version: 1, keys: [entry], revoked: [] })
        await world.gateway.close()
        hasLua = true
        const next = world.createAgain()
        const opening = { isOver: false }
        const opened = next.open().then(() => (opening.isOver = true))
        const statuses = new Set<number>()
        while (!opening.isOver) {
          const { status } = await ask(world.port, '/ai/a/', { headers: { Authorization: `Bearer ${key}` } })
          statuses.add(status)
        }
        await opened
        expect([...statuses]).toEqual([200])
        await next.close()
        await world.dispose()
      },
    )

    /** Tries to join the sockets of a port. This test has the account of nginx's master process, which opens them. */
    async function joinPort(port: number): Promise<string> {
      const thief = createServer()
      const outcome = await new Promise<string>((resolve) => {
        thief.once('error', (error) => resolve(codeOfError(error) || error.message))
        thief.listen({ host: '127.0.0.1', port, reusePort: true }, () => resolve('joined'))
      })
      thief.close()
      return outcome
    }

    test('where algorithms have its account, none of them can join its public address', async () => {
      const world = await createWorld(() => createGateway({ sharesAccount: true }))
      await world.serve([])
      expect(await joinPort(world.port)).toBe('EADDRINUSE')
      await world.dispose()
    })

    test('an nginx from a start with accounts for algorithms is restarted without them, because a reload would keep its sockets, which algorithms could join', async () => {
      const part = { sharesAccount: false }
      const world = await createWorld(() => createGateway(part))
      await world.serve([route('a', [await world.instance()])])
      expect(await joinPort(world.port)).toBe('joined')
      const withAccounts = await world.pid()
      await world.gateway.close()
      part.sharesAccount = true
      for (const isAnew of [true, false]) {
        const before = await world.pid()
        const next = world.createAgain()
        await next.open()
        expect([(await world.pid()) !== before, await joinPort(world.port)]).toEqual([isAnew, 'EADDRINUSE'])
        expect((await ask(world.port, '/ai/a/')).status).toBe(200)
        expect(await world.pid()).not.toBe(withAccounts)
        // The first gateway would end only the nginx that it knows.
        await (isAnew ? next.close() : next.shutdown())
      }
      await world.dispose()
    })

    test('its temporary folders are its own: those of the machine’s nginx stay with the workers of that one', async () => {
      const world = await createWorld(() => createGateway())
      await world.serve([])
      const folder = await readlink(`/proc/${await world.pid()}/cwd`)
      const own = (await readdir(folder)).filter((name) => name.startsWith('temp_')).sort()
      expect(own).toEqual(['temp_client_body', 'temp_fastcgi', 'temp_proxy', 'temp_scgi', 'temp_uwsgi'])
      await world.dispose()
    })

    test.each(['refuses', 'has no socket'])(
      'while the control plane %s, the error log of nginx has no token of a share link',
      async (how) => {
        const world = await createWorld(() => createGateway())
        const control =
          how === 'refuses'
            ? { host: '127.0.0.1', port: await freePort() }
            : { socket: join(dirname(world.accessLogFile), 'none.sock') }
        await world.serve([], { control })
        for (const path of ['/s/secret?embed', '/api/v1/public/shares/secret/run', '/s-other'])
          expect((await ask(world.port, path)).code()).toBe('gateway.control_away')
        const errorLog = () => readFile(join(dirname(world.accessLogFile), '../logs/nginx.log'), 'utf8')
        // It is written as soon as something happens, so what was asked before is in it as well.
        await expect.poll(errorLog, { timeout: patienceMs }).toContain('GET /s-other')
        expect(await errorLog()).not.toContain('secret')
        await world.dispose()
      },
    )

    test('a route that only nginx itself refuses is found among many, and all others are served', async () => {
      const world = await createWorld(() => createGateway())
      const upstream = await world.instance()
      const good = Array.from({ length: 9 }, (_unused, at) => route(`good-${at}`, [upstream]))
      const bad = { ...route('bad', []), upstreams: [{ host: 'no host', port: 1, instance_id: 'bad-r1-1' }] }
      const problems = await world.serve([...good.slice(0, 5), bad, ...good.slice(5)])
      expect(problems).toMatchObject([{ service_id: 'bad', part: 'route', cause: 'unusable' }])
      expect(problems[0]?.reason).toContain('invalid parameter "host:1"')
      for (const { path } of good) expect((await ask(world.port, path)).status).toBe(200)
      expect((await ask(world.port, '/ai/bad/')).status).toBe(404)
      await world.dispose()
    })

    test('a log that has grown too large is rotated, and no line is lost', async () => {
      const world = await createWorld(() => createGateway({ logBytes: 2_000 }))
      await world.serve([route('a', [await world.instance()])])
      const ids = Array.from({ length: 12 }, (_, index) => `request-${index}`)
      const linesOf = async (file: string) => (await readFile(file, 'utf8').catch(() => '')).split('\n')
      const all = async () =>
        (await linesOf(`${world.accessLogFile}.1`)).concat(await linesOf(world.accessLogFile))
      for (const id of ids) await ask(world.port, '/ai/a/', { headers: { 'X-Request-Id': id } })
      await expect
        .poll(async () => (await linesOf(`${world.accessLogFile}.1`)).length, { timeout: patienceMs })
        .toBeGreaterThan(1)
      await ask(world.port, '/ai/a/', { headers: { 'X-Request-Id': 'afterwards' } })
      const missing = async () => {
        const text = (await all()).join('\n')
        return [...ids, 'afterwards'].filter((id) => !text.includes(`"${id}"`))
      }
      // Workers that still write to the rotated file finish it.
      await expect.poll(missing, { timeout: patienceMs }).toEqual([])
      await world.dispose()
    })

    test('workers of a killed nginx are replaced, and finish their requests', async () => {
      const world = await createWorld(createGateway)
      let finish = () => {}
      const upstream = await world.instance((req, res) => {
        if (req.url !== '/slow') return res.end('quick')
        res.write('begun ')
        finish = () => res.end('finished')
      })
      await world.serve([route('a', [upstream])])
      const underWay = ask(world.port, '/ai/a/slow')
      await waitFor(() => upstream.requests.length > 0, { timeoutMs: patienceMs })
      const before = await world.pid()
      signalPid(before, 'SIGKILL')
      await expect.poll(() => world.pid().catch(() => before), { timeout: patienceMs }).not.toBe(before)
      const body = () =>
        ask(world.port, '/ai/a/').then(
          (answer) => answer.body,
          () => null,
        )
      await expect.poll(body, { timeout: patienceMs }).toBe('quick')
      finish()
      expect((await underWay).body).toBe('begun finished')
      await world.dispose()
    })
  },
)
