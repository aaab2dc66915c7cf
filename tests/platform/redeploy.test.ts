import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import { describeGateways, type GatewayKind } from '../support/gateways.ts'
import { startPlatform, type RunnerKind, type TestPlatform } from '../support/platform.ts'
import { requestLoop } from '../support/request-loop.ts'
import { describeRunners } from '../support/runners.ts'
import { echo, slowCommand } from './packages.ts'

/** The default is short; `REDEPLOYS=20` makes the test long. */
const redeploys = Number(process.env.REDEPLOYS ?? '5')
const longTest = 60_000 + redeploys * 40_000

describeRunners('redeploys under load', (runner) =>
  describeGateways('through the gateway', (gateway) => redeploysUnderLoad(runner, gateway)),
)

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

  test.each(['restart', 'stop'] as const)(
    'a %s lets a server that ends at once at SIGTERM finish its request',
    async (action) => {
      const id = `slow-${action}`
      await admin.publish(id, slowCommand(2))
      const request = admin.predict(id, ['x'])
      const log = join(platform.dataFolder, 'services', 'logs', `${id}.log`)
      const isAsked = async () => (await readFile(log, 'utf8').catch(() => '')).includes('asked')
      expect(await waitFor(isAsked, { timeoutMs: 30_000 })).toBe(true)
      expect((await admin.operate(action, id)).state).toBe('succeeded')
      expect(await (await request).json()).toEqual({ own: ['x'] })
    },
    longTest,
  )
}
