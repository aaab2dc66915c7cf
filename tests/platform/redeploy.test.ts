import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { taskAccepted } from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import { describeWithNginx, type GatewayKind } from '../support/gateways.ts'
import { patienceMs } from '../support/patience.ts'
import { startPlatform, type RunnerKind, type TestPlatform } from '../support/platform.ts'
import { requestLoop } from '../support/request-loop.ts'
import { describeRunners } from '../support/runners.ts'
import { echo, slowCommand } from './packages.ts'

/** The default is short; `REDEPLOYS=20` makes the test long. */
const redeploys = Number(process.env.REDEPLOYS ?? '3')
const longTest = 140_000 + redeploys * 40_000

/** Each runner once and each gateway once: a gateway is told where instances listen, and not which runner started them. */
const gatewayOf: Record<RunnerKind, GatewayKind> = { local: 'embedded', supervisor: 'nginx' }

describeRunners('redeploys under load', (runner) => {
  const gateway = gatewayOf[runner]
  const describeGateway = gateway === 'nginx' ? describeWithNginx : describe
  describeGateway(`through the gateway, ${gateway}`, () => redeploysUnderLoad(runner, gateway))
})

function redeploysUnderLoad(runner: RunnerKind, gateway: GatewayKind): void {
  let platform: TestPlatform
  let admin: ApiClient

  beforeAll(async () => {
    platform = await startPlatform({ runner, environment: { VITRINE_GATEWAY: gateway } })
    admin = await platform.admin()
  }, 180_000)
  afterAll(() => platform?.dispose(), 180_000)

  const byFrontPort = (port: number | null) =>
    fetch(`http://127.0.0.1:${port}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${admin.token}` },
      body: JSON.stringify({ input_data: ['x'] }),
    })

  test.each([
    { what: 'an algorithm of the platform’s runtime', id: 'loaded', files: echo(), good: 'echo:x' },
    {
      what: 'a server that ends at once at SIGTERM',
      id: 'abrupt',
      files: slowCommand(0.3),
      good: '"own": ["x"]',
    },
  ])(
    `${redeploys} redeploys of $what fail no request, neither by its path nor by its front port`,
    async ({ id, files, good }) => {
      const { front_port: port } = await admin.publish(id, files)
      const isGood = (body: string) => body.includes(good)
      const loops = [
        requestLoop(() => admin.predict(id, ['x']), isGood),
        requestLoop(() => byFrontPort(port), isGood),
      ]
      for (let release = 2; release <= redeploys + 1; release++) {
        expect(await admin.deploy(id)).toMatchObject({ state: 'succeeded', result: { release } })
        await Promise.all(loops.map((loop) => loop.answered(5)))
      }
      const ends = await Promise.all(loops.map((loop) => loop.stop()))
      expect(ends.flatMap(({ failures }) => failures)).toEqual([])
      expect((await admin.service(id)).instances.map(({ release }) => release)).toEqual([redeploys + 1])
    },
    longTest,
  )

  test(
    'a service changes from the platform’s runtime, on a socket, to its own server, on a port, and back: no request fails',
    async () => {
      const { front_port: port } = await admin.publish('mixed', echo())
      const kindOf = async () => {
        const [instance] = (await admin.service('mixed')).instances
        return `${instance?.release} ${instance?.endpoint && Object.keys(instance.endpoint).join()}`
      }
      expect(await kindOf()).toBe('1 socket')
      const isGood = (body: string) => body.includes('echo:x') || body.includes('"own": ["x"]')
      const loops = [
        requestLoop(() => admin.predict('mixed', ['x']), isGood),
        requestLoop(() => byFrontPort(port), isGood),
      ]
      await admin.publish('mixed', slowCommand(0.1))
      expect(await kindOf()).toBe('2 host,port')
      for (const [release, kind] of [
        [1, 'socket'],
        [2, 'host,port'],
      ] as const) {
        const { task_id } = await admin.post('/services/mixed/rollback', taskAccepted, { release })
        expect(await admin.taskEnd(task_id)).toMatchObject({ state: 'succeeded' })
        expect(await kindOf()).toBe(`${release} ${kind}`)
        await Promise.all(loops.map((loop) => loop.answered(5)))
      }
      const ends = await Promise.all(loops.map((loop) => loop.stop()))
      expect(ends.flatMap(({ failures }) => failures)).toEqual([])
    },
    longTest,
  )

  test.each(['restart', 'stop'] as const)(
    'a %s lets a server that ends at once at SIGTERM finish its request',
    async (action) => {
      const id = `slow-${action}`
      await admin.publish(id, slowCommand(2))
      const request = admin.predict(id, ['x'])
      const log = join(platform.dataFolder, 'services', 'logs', `${id}.log`)
      const isAsked = async () => (await readFile(log, 'utf8').catch(() => '')).includes('asked')
      expect(await waitFor(isAsked, { timeoutMs: patienceMs })).toBe(true)
      expect((await admin.operate(action, id)).state).toBe('succeeded')
      expect(await (await request).json()).toEqual({ own: ['x'] })
    },
    longTest,
  )
}
