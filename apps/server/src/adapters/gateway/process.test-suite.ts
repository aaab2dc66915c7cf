import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { gatewayTable } from '@vitrine/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { identify } from '../../lib/procfs/process-identity.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { ask } from './gateway.test-client.ts'
import { freePort } from './gateway.test-upstream.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { signalPid } from '../../../../../tests/support/signals.ts'

/** Tests the life of a gateway's process, if it is the driver's own. */
export function testProcess(createGateway: CreateGateway): void {
  describe('process', () => {
    let world: GatewayWorld
    beforeEach(async () => {
      world = await createWorld(createGateway)
    })
    afterEach(() => world.dispose())

    test('a killed gateway is restarted with its last table and keys', async () => {
      await world.serve([route('a', [await world.instance()])])
      const killed = await world.pid()
      signalPid(killed, 'SIGKILL')
      // Workers of a killed nginx go on answering for a moment.
      const hasBegun = async () => (await world.pid().catch(() => killed)) !== killed
      expect(await waitFor(hasBegun, { timeoutMs: patienceMs })).toBe(true)
      const answers = () =>
        ask(world.port, '/ai/a/').then(
          (answer) => answer.status === 200,
          () => false,
        )
      expect(await waitFor(answers, { timeoutMs: patienceMs })).toBe(true)
    })

    test('a front port taken while no gateway ran is reported when the table is applied again, and opened once it is free', async () => {
      const front = { host: '127.0.0.1', port: await freePort() }
      const upstream = await world.instance()
      await world.serve([route('a', [upstream], { front })])
      await world.gateway.shutdown()
      const foreign = createServer().listen(front.port, front.host)
      await once(foreign, 'listening')
      await world.gateway.open()
      expect(await world.serve([route('a', [upstream], { front })])).toMatchObject([
        { service_id: 'a', part: 'front', cause: 'held', holder: { pid: process.pid } },
      ])
      expect((await ask(world.port, '/ai/a/')).status).toBe(200)
      foreign.close()
      await once(foreign, 'close')
      await world.serve([route('a', [upstream], { front })])
      expect((await ask(front.port, '/')).status).toBe(200)
    })

    test('a stored table with routes that cannot be served does not prevent the start', async () => {
      const upstream = await world.instance()
      await world.serve([route('a', [upstream])])
      await world.gateway.shutdown()
      const file = join(dirname(world.accessLogFile), 'routes.json')
      const stored = gatewayTable.parse(JSON.parse(await readFile(file, 'utf8')))
      const nowhere = { host: 'no host', port: 1, instance_id: 'nowhere' }
      const routes = [
        { service_id: 'nonsense' },
        ...stored.routes,
        route('zone', [upstream], { front: { host: '::1%lo', port: await freePort() } }),
        route('absent', [upstream], { front: { host: '192.0.2.77', port: await freePort() } }),
        { ...route('nowhere', []), upstreams: [nowhere] },
      ]
      await writeFile(file, JSON.stringify({ ...stored, routes }))
      await world.gateway.open()
      for (const id of ['a', 'zone', 'absent']) expect((await ask(world.port, `/ai/${id}/`)).status).toBe(200)
    })

    test('shutdown ends the process', async () => {
      await world.serve([])
      const pid = await world.pid()
      await world.gateway.shutdown()
      expect(await identify(pid)).toBeNull()
    })
  })
}
