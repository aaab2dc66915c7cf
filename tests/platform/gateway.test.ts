import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { taskAccepted, gatewayEndpoints } from '@vitrine/contract'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import { describeGateways } from '../support/gateways.ts'
import { patienceMs } from '../support/patience.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { echo } from './packages.ts'
import { signalPid } from '../support/signals.ts'

const routes = gatewayEndpoints['GET /gateway/routes'].response
const route = gatewayEndpoints['PUT /gateway/routes/{id}'].response
const reloaded = gatewayEndpoints['POST /gateway/reload'].response
const longTest = 120_000

describeGateways('an administrator and the gateway', (gateway) => {
  let platform: TestPlatform
  let admin: ApiClient
  const treatment = { auth: 'public' as const, rate_limit: null, body_mb: 1, timeout_s: 30 }

  beforeAll(async () => {
    platform = await startPlatform({ environment: { VITRINE_GATEWAY: gateway } })
    admin = await platform.admin()
    await admin.publish('echo', echo())
  }, 180_000)
  afterAll(() => platform?.dispose(), 180_000)

  const change = (json: unknown, id = 'echo', who = admin) =>
    who.call('PUT', `/gateway/routes/${id}`, route, { json })

  test('sees the options of each service and the driver in use', async () => {
    const { driver, items } = await admin.get('/gateway/routes', routes)
    expect(driver).toBe(gateway)
    expect(items).toMatchObject([
      { service_id: 'echo', path: '/ai/echo/', state: 'up', upstreams: 1, auth: 'required' },
    ])
    expect(await admin.post('/gateway/reload', reloaded)).toEqual({ driver: gateway, routes: 1 })
  })

  test(
    'changes who may call a service, how often and with how large bodies, which takes effect at once',
    async () => {
      const nobody = platform.anonymous()
      expect((await nobody.predict('echo', ['x'])).status).toBe(401)
      await change(treatment)
      expect((await nobody.predict('echo', ['x'])).status).toBe(200)
      const large = 'x'.repeat(1_100_000)
      expect((await nobody.predict('echo', [large])).status).toBe(413)
      await change({ ...treatment, rate_limit: { requests: 2, window_s: 3600 } })
      const statuses = []
      for (let sent = 0; sent < 4; sent++) statuses.push((await nobody.predict('echo', ['x'])).status)
      expect(statuses).toEqual([200, 200, 429, 429])
      await change(treatment)
      expect((await nobody.predict('echo', ['x'])).status).toBe(200)
    },
    longTest,
  )

  test('gets an error for an invalid change, and nothing changes', async () => {
    const before = await admin.get('/gateway/routes', routes)
    await expect(change({ ...treatment, path: '/ai/other/' })).rejects.toMatchObject({ status: 422 })
    await expect(change({ ...treatment, timeout_s: 0 })).rejects.toMatchObject({ status: 422 })
    await expect(change({ ...treatment, body_mb: 0 })).rejects.toMatchObject({ status: 422 })
    await expect(change(treatment, 'nobody')).rejects.toMatchObject({ status: 404 })
    const user = await platform.person(`user-${gateway}`, 'user')
    await expect(change(treatment, 'echo', user)).rejects.toMatchObject({ status: 403 })
    expect(await admin.get('/gateway/routes', routes)).toEqual(before)
  })

  test('cannot change a driver that the environment sets', async () => {
    await expect(admin.post('/gateway/driver', taskAccepted, { driver: 'embedded' })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('VITRINE_GATEWAY'),
    })
  })

  test(
    'gets a killed gateway back automatically, with its routes',
    async () => {
      const note = join(platform.dataFolder, 'run', 'gateway.json')
      const pidOf = async () =>
        z.object({ pid: z.number() }).parse(JSON.parse(await readFile(note, 'utf8'))).pid
      const before = await pidOf()
      signalPid(before, 'SIGKILL')
      const serves = async () =>
        (await admin.predict('echo', ['x']).catch(() => null))?.status === 200 && (await pidOf()) !== before
      expect(await waitFor(serves, { timeoutMs: patienceMs, everyMs: 50 })).toBe(true)
    },
    longTest,
  )

  test.runIf(gateway === 'nginx')(
    'changes the driver there and back while services keep running, and the choice survives a restart',
    async () => {
      const free = await startPlatform()
      try {
        const who = await free.admin()
        await who.publish('echo', echo())
        const { pid } = (await who.service('echo')).instances[0] ?? {}
        const switchTo = async (driver: 'nginx' | 'embedded') => {
          const { task_id: id } = await who.post('/gateway/driver', taskAccepted, { driver })
          // The switch may cut the connections of these requests: the gateway that leaves closes those that are idle.
          await expect.poll(async () => (await who.task(id)).state).toBe('succeeded')
          await expect.poll(async () => (await who.predict('echo', ['x'])).status).toBe(200)
          expect((await who.get('/gateway/routes', routes)).driver).toBe(driver)
        }
        await switchTo('embedded')
        await switchTo('nginx')
        await switchTo('embedded')
        expect((await who.service('echo')).instances[0]?.pid).toBe(pid)
        await free.end('SIGINT')
        await free.start()
        const again = await free.admin()
        expect((await again.get('/gateway/routes', routes)).driver).toBe('embedded')
        const serves = async () => (await again.predict('echo', ['x'])).status === 200
        expect(await waitFor(serves, { timeoutMs: patienceMs, everyMs: 50 })).toBe(true)
      } finally {
        await free.dispose()
      }
    },
    longTest,
  )
})
