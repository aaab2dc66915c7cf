import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { collectGarbage } from '../../lib/collect-garbage.test-setup.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { openWorld, smallest } from './algorithms.test-world.ts'

/** Memory in use, in bytes, after garbage collection. */
const heldBytes = () => {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

describe('over a real connection', () => {
  let large: Awaited<ReturnType<typeof openWorld>>
  let address: string
  beforeAll(async () => {
    large = await openWorld({ uploadBytes: 160 * 1024 ** 2 })
    address = `${await large.app.listen({ host: '127.0.0.1', port: 0 })}/api/v1/algorithms`
  })
  afterAll(() => large.close())

  const piece = Buffer.alloc(1024 ** 2, 7)
  const part = (name: string) =>
    Buffer.from(`\r\n--cut\r\nContent-Disposition: form-data; name="files"; filename="${name}"\r\n\r\n`)
  async function* body(megabytes: number, onPiece: () => void = () => undefined) {
    yield Buffer.concat([part('ai_algorithm.py'), Buffer.from(smallest), part('weights.bin')])
    for (let n = 0; n < megabytes; n += 1) {
      if (n % 16 === 15) onPiece()
      yield piece
    }
    yield Buffer.from('\r\n--cut--\r\n')
  }
  /** Node's own client, because its writes wait for the receiver. */
  const post = (content: AsyncIterable<Buffer>, signal?: AbortSignal) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const headers = {
        'x-test-role': 'user',
        'accept-language': 'en',
        'content-type': 'multipart/form-data; boundary=cut',
      }
      const sending = request(address, { method: 'POST', headers, signal })
      sending.on('error', reject)
      sending.on('response', (answer) => {
        text(answer).then((read) => resolve({ status: answer.statusCode ?? 0, text: read }), reject)
      })
      pipeline(content, sending).catch(reject)
    })

  test('128 MB pass through without being held in memory', async () => {
    const before = heldBytes()
    let peak = 0
    const answer = await post(body(128, () => (peak = Math.max(peak, heldBytes() - before))))
    expect(answer.status).toBe(201)
    // A quarter of what passes through. Sender and receiver share this process, and both have buffers.
    expect(peak).toBeLessThan(32 * 1024 ** 2)
  })

  test('a sender of too much data can read the reason', async () => {
    const answer = await post(body(200))
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
      413,
      { error: { code: 'upload.too_large' } },
    ])
    expect(await large.leftovers()).toEqual([])
  })

  test('a sender who disconnects leaves nothing behind', async () => {
    const leaving = new AbortController()
    let sent = 0
    const sending = post(
      body(100, () => {
        sent += 1
        if (sent === 2) leaving.abort()
      }),
      leaving.signal,
    )
    await expect(sending).rejects.toThrow()
    const empty = async () => (await large.leftovers()).length === 0
    expect(await waitFor(empty, { timeoutMs: patienceMs })).toBe(true)
  })
})
