import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { taskAccepted, gatewayEndpoints } from '@vitrine/contract'
import { TestSystemNginx } from '../../apps/server/src/adapters/gateway/nginx/nginx.test-system.ts'
import { describeWithNginx } from '../support/gateways.ts'
import { patienceMs } from '../support/patience.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { echo } from './packages.ts'

const routes = gatewayEndpoints['GET /gateway/routes'].response
const longTest = 120_000

describeWithNginx('a platform behind the system’s nginx', () => {
  let folder = ''
  let system: TestSystemNginx
  let platform: TestPlatform
  let environment: Record<string, string>

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-system-'))
    system = await TestSystemNginx.create(folder)
    await system.start()
    // The system's nginx is root and reads what the platform writes, so the platform keeps root as well.
    environment = {
      VITRINE_ROOT: 'keep',
      VITRINE_NGINX_CONF_DIR: system.confDir,
      VITRINE_NGINX_RELOAD: system.reload.join(' '),
    }
    platform = await startPlatform({ environment })
  }, 180_000)
  afterAll(async () => {
    await platform?.dispose()
    await system?.stop()
    await rm(folder, { recursive: true, force: true })
  }, 180_000)

  const parts = async () => [await readdir(system.confDir), await system.site()]

  test(
    'serves through it, even while the control plane is down, and adopts it again',
    async () => {
      const admin = await platform.admin()
      await admin.publish('echo', echo())
      expect((await admin.get('/gateway/routes', routes)).driver).toBe('nginx')
      await platform.end('SIGKILL')
      expect((await admin.predict('echo', ['x'])).status).toBe(200)
      await platform.start()
      expect((await admin.predict('echo', ['x'])).status).toBe(200)
      expect(await parts()).toEqual([['vitrine.conf'], 'the other site'])
    },
    longTest,
  )

  test(
    'releases it when the driver is changed, takes it back, and releases it at the end',
    async () => {
      const admin = await platform.admin()
      for (const driver of ['embedded', 'nginx'] as const) {
        const { task_id: id } = await admin.post('/gateway/driver', taskAccepted, { driver })
        // The switch may cut the connections of these requests: the gateway that leaves closes those that are idle.
        await expect.poll(async () => (await admin.task(id)).state).toBe('succeeded')
        await expect.poll(async () => (await admin.predict('echo', ['x'])).status).toBe(200)
        const left = driver === 'nginx' ? ['vitrine.conf'] : []
        await expect.poll(parts, { timeout: patienceMs }).toEqual([left, 'the other site'])
      }
      await platform.end('SIGINT')
      expect(await parts()).toEqual([[], 'the other site'])
      await platform.start()
      expect(await parts()).toEqual([['vitrine.conf'], 'the other site'])
    },
    longTest,
  )

  test(
    'does not start if its folder is not a folder, and says so',
    async () => {
      const wrong = { ...environment, VITRINE_NGINX_CONF_DIR: join(folder, 'nothing') }
      await expect(startPlatform({ environment: wrong })).rejects.toThrow(
        /VITRINE_NGINX_CONF_DIR: .*不是可写的文件夹/,
      )
    },
    longTest,
  )
})
