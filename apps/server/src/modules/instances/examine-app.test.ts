import { createServer, type RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { examineApp, letsOthersShowIt, redirectWithin } from './examine-app.ts'

/** A server that answers as a test says. */
async function served(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { host: '127.0.0.1', port: address.port }
}

test('a page is found behind redirects within the server, and not behind one that leads elsewhere', async () => {
  const at = (target: string) =>
    served(({ url }, response) => {
      if (url === '/') response.writeHead(302, { location: target }).end()
      else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<h1>page</h1>')
    })
  expect((await examineApp(await at('/app/?tab=1'))).page).toEqual({ framed: true })
  expect((await examineApp(await at('https://example.invalid/'))).page).toBeNull()
  expect((await examineApp(await at('/'))).page).toBeNull()
})

test('an API has no page, and its document is found at one of the usual paths', async () => {
  const endpoint = await served(({ url }, response) => {
    const isDocument = url === '/docs.json'
    response.writeHead(isDocument ? 200 : 404, { 'content-type': 'application/json' }).end('{}')
  })
  expect(await examineApp(endpoint)).toEqual({ page: null, predicts: false, openapi: '/docs.json' })
})

test('a server speaks the contract if it answers an empty input as the contract says', async () => {
  const answering = (body: object) =>
    served((request, response) => {
      const isPredict = request.method === 'POST' && request.url === '/predict'
      response.writeHead(isPredict ? 200 : 404, { 'content-type': 'application/json' })
      response.end(JSON.stringify(isPredict ? body : {}))
    })
  expect((await examineApp(await answering({ status: 'succeeded', predictions: [] }))).predicts).toBe(true)
  expect((await examineApp(await answering({ own: [] }))).predicts).toBe(false)
})

test('a server that is not asked whether it predicts gets no POST', async () => {
  const methods: unknown[] = []
  const endpoint = await served(({ method }, response) => {
    methods.push(method)
    response.end()
  })
  expect((await examineApp(endpoint, { mayPredict: false })).predicts).toBe(false)
  expect(new Set(methods)).toEqual(new Set(['GET']))
})

test('a server that sends without an end, or nothing at all, is not waited for', async () => {
  const endless = await served((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' })
    const send = () => {
      while (response.write('x'.repeat(64 * 1024)));
      response.once('drain', send)
    }
    send()
  })
  expect(await examineApp(endless)).toMatchObject({ page: { framed: true }, predicts: false })
  expect(await examineApp({ host: '127.0.0.1', port: 1 })).toEqual({
    page: null,
    predicts: false,
    openapi: null,
  })
})

test('headers say whether another page may show this one', () => {
  expect(letsOthersShowIt('', '')).toBe(true)
  expect(letsOthersShowIt('DENY', '')).toBe(false)
  expect(letsOthersShowIt('SAMEORIGIN', "frame-ancestors *; default-src 'self'")).toBe(true)
  expect(letsOthersShowIt('', "default-src 'self'; frame-ancestors 'self'")).toBe(false)
})

test('a redirect is followed within the server only', () => {
  expect(redirectWithin('b', '/a/')).toBe('/a/b')
  for (const location of ['', '//elsewhere/', 'http://elsewhere/x', 'http://['])
    expect(redirectWithin(location, '/')).toBeNull()
})
