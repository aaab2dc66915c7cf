import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { patienceMs } from '../../../../../../tests/support/patience.ts'
import { dataPaths } from '../../../lib/paths.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { ask } from '../gateway.test-client.ts'
import { testSetup } from '../gateway.test-setup.ts'
import { testGateway } from '../gateway.test-suite.ts'
import { apiKey, createWorld, route, type GatewayPart } from '../gateway.test-world.ts'
import { findFormerSystemNginx } from './nginx.system.ts'
import { buildScript, isNginxInstalled } from './nginx.test-build.ts'
import { systemNginxUnderTest } from './nginx.test-system.ts'

const { builtFile, newFolder } = testSetup('gate.js', buildScript)
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }

const make = (part: GatewayPart & { njs?: boolean; include?: boolean } = {}) =>
  systemNginxUnderTest({ builtFile, newFolder }, part)

/** The same with an opened gateway. */
async function makeWorld() {
  const made = await make()
  const world = await createWorld(async () => made.under)
  onTestFinished(() => world.dispose())
  return { ...made, world }
}

const statusAt = (port: number) =>
  ask(port, '/ai/a/').then(
    ({ status }) => status,
    () => null,
  )
const permissions = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

function testFailures() {
  test.each([
    { what: 'does not load njs', part: { njs: false }, code: 'gateway.njs_missing', says: /load_module/ },
    {
      what: 'does not include the folder',
      part: { include: false },
      code: 'gateway.part_not_included',
      says: /include/,
    },
  ])('one that $what is told so, and nothing of ours is left there', async ({ part, code, says }) => {
    const { system, under } = await make(part)
    onTestFinished(under.dispose)
    const failure = await under.gateway.open().catch((error: unknown) => error)
    expect(failure).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(await readdir(system.confDir)).toEqual([])
    expect(await system.site()).toBe('the other site')
  })

  test('an nginx that is not running is reported, and serves as soon as the system starts it', async () => {
    const { system, under } = await make()
    onTestFinished(under.dispose)
    await system.stop()
    await expect(under.gateway.open()).rejects.toMatchObject({ code: 'gateway.nginx_not_reloaded' })
    await system.start()
    const again = under.createAgain()
    await again.open()
    expect(await again.inFlight(['nobody'])).toBe(0)
    await again.close()
  })

  test('if nginx refuses a table, the last good one stays in place, even when the system restarts nginx', async () => {
    const { system, folder, world } = await makeWorld()
    const upstream = await world.instance()
    await world.serve([route('a', [upstream])])
    const inPlace = () => readFile(join(folder, 'until-reboot', 'vitrine.conf'), 'utf8')
    const before = await inPlace()
    const control = { host: 'no host', port: 1 }
    await expect(world.serve([route('a', [upstream])], { control })).rejects.toMatchObject({
      code: 'gateway.refused',
      message: expect.stringContaining('invalid parameter "host:1"'),
    })
    expect([await inPlace(), await statusAt(world.port)]).toEqual([before, 200])
    // A check of parts of the table, to find the route that is refused, leaves nothing of them in place.
    const nowhere = { host: 'no host', port: 1, instance_id: 'nowhere' }
    const bad = { ...route('b', []), upstreams: [nowhere] }
    expect(await world.serve([route('a', [upstream]), bad])).toMatchObject([
      { service_id: 'b', part: 'route' },
    ])
    expect(await inPlace()).not.toContain('no host')
    expect(await statusAt(world.port)).toBe(200)
    await world.gateway.close()
    await system.stop()
    await system.start()
    expect([await statusAt(world.port), await system.site()]).toEqual([200, 'the other site'])
  })
}

function testSystem() {
  test('its workers, which run as another account, can read everything they need', async () => {
    const { system, world } = await makeWorld()
    await world.serve([route('a', [await world.instance()], { auth: 'required' })])
    const headers = { Authorization: `Bearer ${await world.token()}` }
    // The first request is decided slowly, the second is remembered, the third is refused.
    for (const sent of [headers, headers, {}]) await ask(world.port, '/ai/a/', { headers: sent })
    await ask(world.port, '/')
    expect(await system.complaints()).toEqual([])
  })

  test('while tables change, each with a reload, no request to the other site fails', async () => {
    const { system, world } = await makeWorld()
    const upstreams = [await world.instance(), await world.instance(undefined, 'two')]
    let isOver = false
    const answers = new Set<string>()
    const caller = async () => {
      while (!isOver) answers.add(await system.site())
    }
    const calling = caller()
    for (let i = 0; i < 4; i++) await world.serve([route(`a${i}`, upstreams)])
    await world.gateway.shutdown()
    isOver = true
    await calling
    expect([...answers]).toEqual(['the other site'])
    expect(await readdir(system.confDir)).toEqual([])
  })

  test('after the system makes it reopen its logs, access log lines are still written', async () => {
    const { system, world } = await makeWorld()
    await world.serve([route('a', [await world.instance()])])
    await ask(world.port, '/ai/a/', { headers: { 'X-Request-Id': 'before' } })
    await world.logged('before')
    await system.reopenLogs()
    for (const id of ['after-1', 'after-2', 'after-3', 'after-4']) {
      await ask(world.port, '/ai/a/', { headers: { 'X-Request-Id': id } })
      await world.logged(id)
    }
  })

  test('an nginx restarted by the system serves the last table and keys without the control plane', async () => {
    const { system, world } = await makeWorld()
    const { key, entry } = apiKey()
    await world.serve([route('a', [await world.instance()], { auth: 'required' })])
    await world.gateway.applyKeys({ version: 1, keys: [entry], revoked: [] })
    await world.gateway.close()
    await system.stop()
    await system.start()
    const headers = { Authorization: `Bearer ${key}` }
    expect((await ask(world.port, '/ai/a/', { headers })).status).toBe(200)
    expect(await statusAt(world.port)).toBe(401)
  })

  test('after a power cut the system’s nginx starts without our part, which comes back with the control plane', async () => {
    const { system, folder, world } = await makeWorld()
    await world.serve([route('a', [await world.instance()])])
    await world.gateway.close()
    await system.stop('SIGKILL')
    await rm(join(folder, 'until-reboot'), { recursive: true })
    await waitFor(async () => (await statusAt(world.port)) === null, { timeoutMs: patienceMs })
    await system.start()
    expect([await statusAt(world.port), await system.site()]).toEqual([null, 'the other site'])
    const again = world.createAgain()
    await again.open()
    expect(await statusAt(world.port)).toBe(200)
    await again.close()
  })

  test('only their owner can read keys and state; the file in the system’s folder is public and has no secret', async () => {
    const { system, folder, world } = await makeWorld()
    const { entry } = apiKey()
    await world.serve([route('a', [await world.instance()])])
    await world.gateway.applyKeys({ version: 1, keys: [entry], revoked: [] })
    const part = join(system.confDir, 'vitrine.conf')
    const own = join(folder, 'gateway', 'system-nginx')
    expect(await readFile(join(own, 'state.json'), 'utf8')).toContain(entry.sha256)
    const modes = [part, own, join(own, 'state.json'), join(folder, 'until-reboot')].map(permissions)
    expect(await Promise.all(modes)).toEqual(['644', '700', '600', '700'])
    expect(await readFile(part, 'utf8')).not.toContain(entry.sha256)
  })

  test('an nginx that is no longer in the settings is found by its record, and our part is removed from it', async () => {
    const { system, folder, world } = await makeWorld()
    await world.serve([route('a', [await world.instance()])])
    await world.gateway.close()
    const options = { dataPaths: dataPaths(folder), env }
    expect(await findFormerSystemNginx(options, system.confDir)).toBeNull()
    await (await findFormerSystemNginx(options, null))?.stop()
    expect([await readdir(system.confDir), await statusAt(world.port)]).toEqual([[], null])
    expect(await system.site()).toBe('the other site')
    expect(await findFormerSystemNginx(options, null)).toBeNull()
  })
}

describe.skipIf(!isNginxInstalled)(
  isNginxInstalled
    ? 'the system’s nginx as gateway'
    : 'the system’s nginx as gateway (skipped: nginx or its njs is not installed)',
  () => {
    testGateway(async (part) => (await make(part)).under, { ownsProcess: false })
    testFailures()
    testSystem()
  },
)
