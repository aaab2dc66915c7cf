import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { expect, onTestFinished, test, vi } from 'vitest'
import { noReach, openUrl, wholeReach } from './open-url.ts'

// A name with two addresses, of which the first does not answer: a server in a container listens on one of them.
vi.mock('node:dns/promises', () => ({
  lookup: async () => [{ address: '::1' }, { address: '127.0.0.1' }],
}))

/** A server that keeps what it was asked. Returns its port. */
async function listening(answer: RequestListener): Promise<{ port: number; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, asked }
}
const asking = { headers: {}, idleMs: 60_000, signal: new AbortController().signal }

test('the home server is reached by whichever address of its name answers', async () => {
  const { port } = await listening((_request, response) => response.end('here'))
  const origin = `http://localhost:${port}`
  const answer = await openUrl(origin, noReach, { ...asking, home: { origin, headers: {} } })
  expect((await buffer(answer)).toString()).toBe('here')
})

test('headers that are stated for one server go to no other that it leads on to', async () => {
  const last = await listening((_request, response) => response.end('there'))
  const first = await listening((request, response) => {
    const location = request.url === '/' ? '/again' : `http://127.0.0.1:${last.port}/`
    response.writeHead(302, { location }).end()
  })
  const headers = { range: 'bytes=1-' }
  const stated = { authorization: 'Basic own' }
  await buffer(await openUrl(`http://127.0.0.1:${first.port}/`, wholeReach, { ...asking, headers, stated }))
  const sent = [...first.asked, ...last.asked].map((one) => [one.headers.authorization, one.headers.range])
  expect(sent).toEqual([
    ['Basic own', 'bytes=1-'],
    ['Basic own', 'bytes=1-'],
    [undefined, 'bytes=1-'],
  ])
})
