import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

const stalledMs = 3_000
const block = Buffer.alloc(65_536)
/** More than the buffers of two connections hold. In bytes. */
const answerBytes = 32 * 1024 ** 2

/** Tests what becomes of clients that do not read what they have asked for. */
export function testStalledClients(createGateway: CreateGateway): void {
  describe('clients that do not read', () => {
    let world: GatewayWorld
    beforeAll(async () => {
      world = await createWorld(() => createGateway({ stalledMs }))
    })
    afterAll(() => world.dispose())

    /** An instance with a long answer, and whether its answer has ended before it was complete. */
    async function longAnswer() {
      const seen = { isCutOff: false }
      const upstream = await world.instance((_req, res) => {
        let left = answerBytes
        const write = () => {
          while (left > 0) {
            left -= block.length
            if (!res.write(block)) return
          }
          res.end()
        }
        res.on('drain', write)
        res.on('close', () => (seen.isCutOff = !res.writableFinished))
        write()
      })
      return { upstream, seen }
    }

    async function openAnswer() {
      const socket = connect(world.port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write('GET /ai/a/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      await once(socket, 'data')
      return socket.pause()
    }

    const isFree = (instanceId: string) => async () => (await world.gateway.inFlight([instanceId])) === 0

    test('the answer of a client that takes nothing of it is given up, at the instance too', async () => {
      const { upstream, seen } = await longAnswer()
      await world.serve([route('a', [upstream], { timeout_ms: 300 })])
      const socket = await openAnswer()
      expect(await waitFor(() => seen.isCutOff, { timeoutMs: patienceMs })).toBe(true)
      expect(await waitFor(isFree(upstream.instance_id), { timeoutMs: patienceMs })).toBe(true)
      socket.destroy()
    })

    test('the answer of a client that takes it little by little is complete, however long that takes', async () => {
      const { upstream, seen } = await longAnswer()
      // Shorter than all of it takes. The instance is this process, which a busy machine may hold up for a moment.
      await world.serve([route('a', [upstream], { timeout_ms: 2_000 })])
      const begun = Date.now()
      const socket = await openAnswer()
      let received = 0
      socket.on('data', (chunk: Buffer) => {
        received += chunk.length
        socket.pause()
      })
      const sips = setInterval(() => socket.resume(), 10)
      await once(socket, 'close')
      clearInterval(sips)
      expect(Date.now() - begun).toBeGreaterThan(stalledMs)
      expect([seen.isCutOff, received > answerBytes - block.length * 2]).toEqual([false, true])
    })

    test('a WebSocket whose client reads nothing is closed', async () => {
      const upstream = await world.instance()
      let isClosed = false
      new WebSocketServer({ server: upstream.server }).on('connection', (socket) => {
        socket.on('close', () => (isClosed = true))
        for (let left = answerBytes; left > 0; left -= block.length) socket.send(block)
      })
      await world.serve([route('a', [upstream], { timeout_ms: 300 })])
      const client = new WebSocket(`ws://127.0.0.1:${world.port}/ai/a/`)
      client.on('error', () => undefined)
      await once(client, 'open')
      client.pause()
      expect(await waitFor(() => isClosed, { timeoutMs: patienceMs })).toBe(true)
      client.terminate()
    })
  })
}
