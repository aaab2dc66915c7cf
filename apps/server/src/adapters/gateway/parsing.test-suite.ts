import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, sendRaw } from './gateway.test-client.ts'
import type { TestUpstream } from './gateway.test-upstream.ts'
import { createWorld, route, type CreateGateway, type GatewayWorld } from './gateway.test-world.ts'

const post = (headers: string, body: string) =>
  `POST /ai/a/ HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n${body}`

/** Requests whose end or headers two parsers could read differently. */
const refused: [name: string, bytes: string][] = [
  [
    'Content-Length beside Transfer-Encoding',
    post(
      'Content-Length: 5\r\nTransfer-Encoding: chunked',
      '0\r\n\r\nGET /ai/a/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n',
    ),
  ],
  [
    'Transfer-Encoding beside Content-Length',
    post(
      'Transfer-Encoding: chunked\r\nContent-Length: 5',
      '0\r\n\r\nGET /ai/a/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n',
    ),
  ],
  ['two different Content-Lengths', post('Content-Length: 1\r\nContent-Length: 2', 'ab')],
  ['a Content-Length that is a list', post('Content-Length: 1, 1', 'a')],
  ['a Content-Length with a sign', post('Content-Length: +1', 'a')],
  ['a coding other than chunked', post('Transfer-Encoding: xchunked', '0\r\n\r\n')],
  [
    'chunks in HTTP/1.0, which does not know them',
    'POST /ai/a/ HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
  ],
  ['a coding before chunked', post('Transfer-Encoding: gzip, chunked', '0\r\n\r\n')],
  ['Transfer-Encoding twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', '0\r\n\r\n')],
  ['a space before the colon', post('Transfer-Encoding : chunked', '0\r\n\r\n')],
  ['a folded header', post('X-Folded: a\r\n b\r\nContent-Length: 0', '')],
  ['a bare carriage return in a header', post('X-A: b\rX-C: d\r\nContent-Length: 0', '')],
  ['a zero byte in a header', post('X-A: b\0c\r\nContent-Length: 0', '')],
  ['a chunk size with an odd character', post('Transfer-Encoding: chunked', '1x\r\na\r\n0\r\n\r\n')],
  ['two hosts', 'GET /ai/a/ HTTP/1.1\r\nHost: localhost\r\nHost: y\r\n\r\n'],
  ['no host', 'GET /ai/a/ HTTP/1.1\r\n\r\n'],
  ['a space in the target', 'GET /ai/a/ b HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['a method that is none', 'G@T /ai/a/ HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['TRACE', 'TRACE /ai/a/ HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['a percent sign that encodes nothing', 'GET /ai/a/% HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['a percent sign before no digits', 'GET /ai/a/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['an encoding that is cut off', 'GET /ai/a/%E0%A4%A HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['an encoded zero byte', 'GET /ai/a/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['a version that is none', 'GET /ai/a/ HTTP/7.3\r\nHost: localhost\r\n\r\n'],
  ['a target beyond 16 KiB', `GET /ai/a/${'a'.repeat(40_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`],
  [
    'headers beyond 16 KiB',
    `GET /ai/a/ HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'a'.repeat(40_000)}\r\n\r\n`,
  ],
]

/** Tests that the gateway and an instance always agree where a request ends. */
export function testParsing(createGateway: CreateGateway): void {
  describe('parsing', () => {
    let world: GatewayWorld
    let upstream: TestUpstream
    beforeAll(async () => {
      world = await createWorld(createGateway)
      upstream = await world.instance()
      await world.serve([route('a', [upstream])])
    })
    afterAll(() => world.dispose())

    test.each(refused)('a request with %s is refused and not read as two requests', async (_name, bytes) => {
      upstream.requests.length = 0
      const answer = await sendRaw(world.port, bytes, { quietMs: 1_000 })
      expect(answer).toMatch(/^(HTTP\/1\.1 (4\d\d|501) [^]*\r\n\r\n\{"error":\{"code":"gateway\.|$)/)
      expect(upstream.requests.filter((req) => req.complete)).toEqual([])
    })

    test.each(['/ai/a/', '/api/v1/health', '/ai/nobody/'])(
      'a request with a method that HTTP does not know is one that cannot be read, wherever it goes (%s)',
      async (path) => {
        upstream.requests.length = 0
        const answer = await sendRaw(world.port, `FOO ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`, {
          quietMs: 1_000,
        })
        expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*\r\n\r\n\{"error":\{"code":"gateway\.bad_request"/)
        expect(upstream.requests).toEqual([])
      },
    )

    test('a method that HTTP knows reaches the service, however rare it is', async () => {
      const answer = (await ask(world.port, '/ai/a/p', { method: 'M-SEARCH' })).asked()
      expect([answer.method, answer.url]).toEqual(['M-SEARCH', '/p'])
    })

    test('two requests sent at once are answered in their order', async () => {
      const one = (path: string) => `GET /ai/a/${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
      const until = /"url":"\/first"[^]*"url":"\/second"/
      expect(await sendRaw(world.port, one('first') + one('second'), { until })).toMatch(until)
    })

    test('a chunked body arrives as it was sent', async () => {
      const bytes = post('Transfer-Encoding: chunked', '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n')
      const until = /"body":"abcde"/
      expect(await sendRaw(world.port, bytes, { until })).toMatch(until)
    })

    test('a request target with scheme and host is served like one without', async () => {
      const bytes = 'GET http://x/ai/a/p HTTP/1.1\r\nHost: localhost\r\n\r\n'
      const until = /"url":"\/p"/
      expect(await sendRaw(world.port, bytes, { until })).toMatch(until)
    })

    test('an HTTP/1.0 client gets its answer, and the connection is closed', async () => {
      const answer = await sendRaw(world.port, 'GET /ai/a/p HTTP/1.0\r\nHost: localhost\r\n\r\n')
      expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*Connection: close[^]*"url":"\/p"/)
    })

    test('a client that waits for 100-continue gets it', async () => {
      const bytes = post('Content-Length: 2\r\nExpect: 100-continue', 'hi')
      const until = /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 [^]*"body":"hi"/
      expect(await sendRaw(world.port, bytes, { until })).toMatch(until)
    })
  })
}
