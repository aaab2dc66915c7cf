import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { footprintOf } from './gateway.test-footprint.ts'
import { textOf } from './gateway.test-upstream.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

const mebibyte = 2 ** 20
const gigabyte = 2 ** 30

async function countBytes(stream: IncomingMessage): Promise<number> {
  let bytes = 0
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) bytes += chunk.length
  return bytes
}

/** Tests uploads that are larger than the gateway could buffer. */
export function testUploads(createGateway: CreateGateway): void {
  describe('uploads', () => {
    let world: GatewayWorld
    beforeAll(async () => {
      world = await createWorld(createGateway)
    })
    afterAll(() => world.dispose())

    test('an upload of 1 GB is streamed: neither the gateway’s memory nor its files grow', async () => {
      const upstream = await world.instance((req, res) => {
        countBytes(req).then(
          (bytes) => res.end(String(bytes)),
          () => res.destroy(),
        )
      })
      await world.serve([route('a', [upstream], { body_bytes: gigabyte })])
      const pid = await world.pid()
      const before = await footprintOf(pid)
      const most = { ...before }
      const headers = { 'Content-Length': gigabyte }
      const req = request({
        host: '127.0.0.1',
        port: world.port,
        path: '/ai/a/',
        agent: false,
        method: 'POST',
        headers,
      })
      const answered = once(req, 'response')
      const block = Buffer.alloc(mebibyte, 7)
      for (let sent = 0; sent < gigabyte; sent += block.length) {
        if (!req.write(block)) await once(req, 'drain')
        if (sent % (32 * mebibyte) !== 0) continue
        const { memory, files } = await footprintOf(pid)
        most.memory = Math.max(most.memory, memory)
        most.files = Math.max(most.files, files)
      }
      req.end()
      const [res] = await answered
      expect(await textOf(res)).toBe(String(gigabyte))
      // Node frees memory late, so a part of the upload may still be held.
      expect(most.memory - before.memory).toBeLessThan(96 * mebibyte)
      expect(most.files - before.files).toBeLessThan(mebibyte)
    })
  })
}
