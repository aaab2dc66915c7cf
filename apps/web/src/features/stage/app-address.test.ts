import type { AppPage } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { appAddress } from './app-address.ts'

const page: AppPage = {
  path: '/ai/demo/',
  own_url: null,
  front: { host: '0.0.0.0', port: 8021 },
  auth: 'required',
  framed: true,
}
const at = (origin: string) => {
  const { protocol, hostname } = new URL(origin)
  return { protocol, hostname, origin }
}
const plain = at('http://10.0.0.5:8000')

test('a page is opened at its front port under the host of the reader, whose sign-in counts there', () => {
  expect(appAddress(page, plain)).toEqual({ url: 'http://10.0.0.5:8021/', alone: true })
  const local = { ...page, front: { host: '127.0.0.1', port: 8021 } }
  expect(appAddress(local, at('http://localhost:8000')).url).toBe('http://localhost:8021/')
})

test('a port that the reader does not reach, or none, leaves the address below the platform', () => {
  const below = { url: 'http://10.0.0.5:8000/ai/demo/', alone: false }
  expect(appAddress({ ...page, front: { host: '127.0.0.1', port: 8021 } }, plain)).toEqual(below)
  expect(appAddress({ ...page, front: null }, plain)).toEqual(below)
})

test('under HTTPS no address without it is used, because browsers would not show it', () => {
  const secure = at('https://vitrine.example')
  expect(appAddress(page, secure).url).toBe('https://vitrine.example/ai/demo/')
  const own = { ...page, auth: 'public' as const, own_url: 'http://demo.apps.example/' }
  expect(appAddress(own, secure).alone).toBe(false)
  expect(appAddress({ ...own, own_url: 'https://demo.apps.example/' }, secure)).toEqual({
    url: 'https://demo.apps.example/',
    alone: true,
  })
})

test('a host of its own is not used if a sign-in is needed, because the cookie does not count there', () => {
  const own_url = 'http://demo.apps.example/'
  expect(appAddress({ ...page, own_url }, plain).url).toBe('http://10.0.0.5:8021/')
  expect(appAddress({ ...page, own_url, auth: 'public' }, plain).url).toBe(own_url)
})

test('a reader at an IPv6 address gets the address below the platform, because no policy can name its other ports', () => {
  const below = { url: 'http://[::1]:8000/ai/demo/', alone: false }
  for (const host of ['0.0.0.0', '127.0.0.1', '::', '[::1]'])
    expect(appAddress({ ...page, front: { host, port: 8021 } }, at('http://[::1]:8000'))).toEqual(below)
})
