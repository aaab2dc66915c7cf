import { afterEach, expect, test } from 'vitest'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { openControlServer, type ControlServer } from './control-server.ts'

const opened: ControlServer[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

async function open(): Promise<{ server: ControlServer; url: string }> {
  const server = await openControlServer()
  opened.push(server)
  return { server, url: `http://${server.address.host}:${server.address.port}` }
}

test('the address is held as soon as it is known, before there is an application', async () => {
  const { server } = await open()
  const other = createServer()
  other.listen(server.address)
  const [error] = await once(other, 'error')
  expect(error).toMatchObject({ code: 'EADDRINUSE' })
})

test('a request that comes before the application waits for it, and later ones are answered by it', async () => {
  const { server, url } = await open()
  const early = fetch(`${url}/early`)
  server.serve((request, response) => response.end(`answered ${request.url}`))
  expect(await (await early).text()).toBe('answered /early')
  expect(await (await fetch(`${url}/late`)).text()).toBe('answered /late')
})

test('closing ends open connections, also of requests that still wait for the application', async () => {
  const { server, url } = await open()
  const waiting = fetch(url)
  const refused = expect(waiting).rejects.toThrow('fetch failed')
  await opened.pop()?.close()
  await refused
  await expect(fetch(url)).rejects.toThrow('fetch failed')
  expect(server.address.port).toBeGreaterThan(0)
})
