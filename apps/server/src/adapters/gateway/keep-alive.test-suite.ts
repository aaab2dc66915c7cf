import { Agent, get } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { echo, freePort } from './gateway.test-upstream.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

function statusOf(agent: Agent, port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, (res) => {
      res.resume()
      res.on('error', reject)
      res.on('end', () => resolve(res.statusCode ?? 0))
    }).on('error', reject)
  })
}

/**
 * Tests clients that keep their connections open. Within 300 ms before a reload, nginx tells them that it will close
 * these connections. A client that gets no processor time for that long may use a closed connection.
 */
export function testKeepAlive(createGateway: CreateGateway): void {
  describe('kept-open connections', () => {
    let world: GatewayWorld
    beforeEach(async () => {
      world = await createWorld(createGateway)
    })
    afterEach(() => world.dispose())

    test('no request on one fails while ports and services are added and removed', async () => {
      const upstream = await world.instance()
      const other = await world.instance(echo('other'), 'other')
      await world.serve([route('a', [upstream])])
      const agent = new Agent({ keepAlive: true, maxSockets: 8 })
      let isOver = false
      const failures: unknown[] = []
      const caller = async () => {
        while (!isOver)
          await statusOf(agent, world.port, '/ai/a/').then(
            (status) => status === 200 || failures.push(status),
            (error: unknown) => failures.push(error),
          )
      }
      const callers = Array.from({ length: 8 }, caller)
      for (let i = 0; i < 6; i++) {
        const front = { host: '127.0.0.1', port: await freePort() }
        await world.serve([route('a', [upstream]), route(`b${i}`, [upstream, other], { front })])
      }
      isOver = true
      await Promise.all(callers)
      agent.destroy()
      expect(failures).toEqual([])
    })
  })
}
