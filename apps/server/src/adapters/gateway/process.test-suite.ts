import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { identify } from '../../lib/procfs/process-identity.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { ask } from './gateway.test-client.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'
import { signalPid } from '../../../../../tests/support/signals.ts'

/** The life of a gateway's process, where it is the driver's own. */
export function testProcess(createGateway: CreateGateway): void {
  describe('process', () => {
    let world: GatewayWorld
    beforeEach(async () => {
      world = await createWorld(createGateway)
    })
    afterEach(() => world.dispose())

    test('a gateway that was killed is up again with its last table and keys', async () => {
      await world.serve([route('a', [await world.instance()])])
      signalPid(await world.pid(), 'SIGKILL')
      const answers = () =>
        ask(world.port, '/ai/a/').then(
          (answer) => answer.status === 200,
          () => false,
        )
      expect(await waitFor(answers, { timeoutMs: 15_000 })).toBe(true)
    })

    test('shutdown ends the process', async () => {
      await world.serve([])
      const pid = await world.pid()
      await world.gateway.shutdown()
      expect(await identify(pid)).toBeNull()
    })
  })
}
