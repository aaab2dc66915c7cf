import { expect, test } from 'vitest'
import { plainEdge } from './gateway.ts'
import { acceptedHosts, onlyHost, ownHostOf } from './gateway-hosts.ts'

const loopback = [
  'localhost',
  'localhost:8000',
  'LOCALHOST',
  'vitrine.localhost',
  '127.0.0.1:8000',
  '[::1]:8000',
]
const inNetwork = [
  '10.0.0.5:8000',
  '[fd00::5]',
  'gpu-box',
  'gpu_box:8000',
  'gpu.local',
  'a.b.internal',
  'x.home.arpa',
]
const strangers = [
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'evil.example:80',
  'evillocal',
  'x"y',
  'a b',
]
/** The only one of these names that could be the name of a machine. */
const oneLabel = 'evillocal'

type Listener = Parameters<typeof acceptedHosts>[1]
function accepted(edge: Partial<typeof plainEdge>, listener: Partial<Listener>, hosts: readonly string[]) {
  const source = acceptedHosts({ ...plainEdge, ...edge }, { host: '0.0.0.0', isFront: false, ...listener })
  return source === null ? hosts : hosts.filter((host) => new RegExp(source, 'i').test(host))
}

const all = [...loopback, ...inNetwork, ...strangers, 'vitrine.example:8443']

test('on a loopback address, only loopback names and addresses are accepted', () => {
  for (const host of ['127.0.0.1', '::1', 'localhost'])
    expect(accepted({ own_names: ['gpu-box'] }, { host }, all)).toEqual(loopback)
})

test('on a network address, addresses and names that no public DNS server has are accepted too', () => {
  expect(accepted({}, {}, all)).toEqual([...loopback, ...inNetwork, oneLabel])
})

test('the machine’s own full name is accepted on a network address', () => {
  expect(
    accepted({ own_names: ['gpu.lab.example'] }, {}, ['gpu.lab.example:8000', 'gpuxlab.example']),
  ).toEqual(['gpu.lab.example:8000'])
})

test('with a public URL, its host and loopback are accepted, on any port, and no other host', () => {
  expect(accepted({ public_url: 'https://vitrine.example' }, {}, [...all, 'vitrinexexample'])).toEqual([
    ...loopback,
    'vitrine.example:8443',
  ])
  expect(accepted({ public_url: 'https://[fd00::5]:8443' }, {}, ['[fd00::5]:8443', '[fd00::6]'])).toEqual([
    '[fd00::5]:8443',
  ])
})

test('with a public URL, a front port accepts every host', () => {
  expect(accepted({ public_url: 'https://vitrine.example' }, { isFront: true }, strangers)).toEqual(strangers)
  expect(accepted({}, { host: '127.0.0.1', isFront: true }, strangers)).toEqual([])
})

test('hosts below the domain of the algorithms are never the platform’s, whatever names are accepted', () => {
  const own = ['a.x.lan', 'A.X.Lan.:80', 'b.a.x.lan', 'a.x.localhost', 'a.x.localhost:8000']
  const others = ['x.lan', 'y.lan:80', 'axx.lan', 'x.localhost', 'localhost']
  for (const edge of [{}, { public_url: 'https://x.lan' }])
    for (const [domain, wanted] of [
      ['x.lan', 'x.localhost'],
      ['x.localhost', 'x.lan'],
    ] as const) {
      const refused = own.filter((host) => host.toLowerCase().includes(`.${domain}`))
      const left = accepted({ ...edge, apps_domain: domain }, {}, [...own, ...others])
      expect(left.filter((host) => refused.includes(host))).toEqual([])
      expect(left).toContain(wanted)
    }
})

test('the host of a service’s own address is its name before the domain, with any port', () => {
  const host = ownHostOf({ apps_domain: 'apps.example.com' }, 'demo')
  expect([host, ownHostOf({ apps_domain: null }, 'demo')]).toEqual(['demo.apps.example.com', null])
  const only = new RegExp(onlyHost(host ?? ''), 'i')
  const hosts = [host, 'Demo.apps.example.com.:8443', 'xdemo.apps.example.com', 'demo.appsxexample.com', '']
  expect(hosts.filter((one) => only.test(one ?? ''))).toEqual(hosts.slice(0, 2))
})

test('a request without a host is accepted, because no browser sends one', () => {
  expect(accepted({}, { host: '127.0.0.1' }, [''])).toEqual([''])
})
