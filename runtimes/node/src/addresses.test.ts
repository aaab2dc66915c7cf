import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isPublic, openUrl, type Reach } from './addresses.ts'

const special = (
  '127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 255.255.255.255 224.0.0.1 192.0.2.1 ' +
  '198.18.0.1 240.0.0.1 ::1 :: ::7f00:1 4000::1 fe80::1 fc00::1 ff02::1 2001:db8::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 2002:7f00:1::'
).split(' ')

describe('addresses', () => {
  it('private and special addresses are not public', () => {
    expect(special.filter(isPublic)).toEqual([])
  })
  it('addresses of the internet are public', () => {
    const open = ['1.1.1.1', '8.8.8.8', '2606:4700:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808']
    expect(open.filter((address) => !isPublic(address))).toEqual([])
  })
})

describe('fetching by URL', () => {
  let server: Server
  let at = ''
  const asked: string[] = []
  // All traffic stays on loopback: every name resolves to the test server. Names with "inner" also have an
  // address that is not allowed.
  const reach: Reach = {
    async resolve(host) {
      asked.push(host)
      return host.startsWith('inner') ? ['127.0.0.1', '127.0.0.2'] : ['127.0.0.1']
    },
    isAllowed: (address) => address === '127.0.0.1',
  }
  const open = async (url: string) => text(await openUrl(url, new AbortController().signal, reach))

  beforeAll(async () => {
    server = createServer(({ url = '', headers }, response) => {
      if (url.startsWith('/to?')) response.writeHead(302, { location: url.slice(4) }).end()
      else response.writeHead(url.startsWith('/page') ? 200 : 404).end(`${headers.host} ${url}`)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    at = `:${typeof address === 'object' && address ? address.port : 0}`
  })
  afterAll(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  it('connects to the checked address, with the name in the header Host', async () => {
    expect(await open(`http://pictures.example${at}/page?a=1`)).toBe(`pictures.example${at} /page?a=1`)
  })
  it('follows a redirect and resolves its name again', async () => {
    asked.length = 0
    expect(await open(`http://first.example${at}/to?http://other.example${at}/page`)).toBe(
      `other.example${at} /page`,
    )
    expect(asked).toEqual(['first.example', 'other.example'])
  })
  it.each([
    ['a redirect to a private address', '/to?http://inner.example:1/page', 'media.url_refused'],
    ['a redirect to another scheme', '/to?file:///etc/passwd', 'media.url_refused'],
    ['redirects without end', '/to?/to?/to?/to?/to?/to?/page', 'media.fetch_failed'],
    ['a page that is not there', '/none', 'media.fetch_failed'],
  ])('refuses %s', async (_, path, code) => {
    await expect(open(`http://first.example${at}${path}`)).rejects.toMatchObject({ code })
  })
  it('refuses a name if one of its addresses is private', async () => {
    await expect(open(`http://inner.example${at}/page`)).rejects.toMatchObject({ code: 'media.url_refused' })
  })
})
