import { expect, test } from 'vitest'
import { frameSources } from './frame-sources.ts'

test('pages may show those of services at other ports of the same host, and at hosts of their own', () => {
  expect(frameSources('127.0.0.1:8000', null)).toEqual(["'self'", 'http://127.0.0.1:*'])
  expect(frameSources('vitrine.example', 'apps.example')).toEqual([
    "'self'",
    'http://vitrine.example:*',
    'http://*.apps.example:*',
    'https://*.apps.example:*',
  ])
})

test('a host that would change the policy, or that no policy can name, adds nothing', () => {
  for (const host of ['[::1]:8000', "x; script-src 'unsafe-inline'", 'a b', '*', ''])
    expect(frameSources(host, null)).toEqual(["'self'"])
})
