import { expect, test } from 'vitest'
import { upstreamsOf } from './upstream-proxy.ts'

const to = (host: string, port = 443) => ({ host, port })

test('the variables of the machine name a proxy for each kind of request', () => {
  const find = upstreamsOf({ HTTPS_PROXY: 'http://user:secret@one:3128', http_proxy: 'two:8080' })
  expect(find(to('pypi.org'), true)?.href).toBe('http://user:secret@one:3128/')
  expect(find(to('pypi.org', 80), false)?.href).toBe('http://two:8080/')
  expect(upstreamsOf({})(to('pypi.org'), true)).toBeNull()
})

test('what the settings of package managers name is used where no variable does', () => {
  const others = ['http://three:3128']
  expect(upstreamsOf({}, others)(to('pypi.org'), true)?.host).toBe('three:3128')
  expect(upstreamsOf({ ALL_PROXY: 'http://all:1' }, others)(to('pypi.org'), true)?.host).toBe('all:1')
})

test.each([
  ['pypi.lan', true],
  ['deep.pypi.lan', true],
  ['notpypi.lan', false],
  ['dotted.example', true],
  ['a.dotted.example', true],
  ['starred.example', true],
  ['10.1.9.9', true],
  ['10.2.0.1', false],
  ['::1', true],
  ['fd00::7', true],
  ['ported.lan', false],
])('NO_PROXY exempts %s: %s', (host, isExempt) => {
  const NO_PROXY = 'pypi.lan, .dotted.example *.starred.example,10.1.0.0/16,::1,fd00::/8,ported.lan:8443'
  const find = upstreamsOf({ HTTPS_PROXY: 'http://one:3128', NO_PROXY })
  expect(find(to(host), true) === null).toBe(isExempt)
  expect(find(to('ported.lan', 8443), true)).toBeNull()
})

test('an asterisk exempts everything', () => {
  expect(upstreamsOf({ HTTPS_PROXY: 'http://one:3128', no_proxy: '*' })(to('pypi.org'), true)).toBeNull()
})
