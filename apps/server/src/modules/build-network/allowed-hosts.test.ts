import { describe, expect, test } from 'vitest'
import { isPublicAddress } from '../../lib/public-address.ts'
import { allowedHosts, mayLeadTo, reachOf } from './allowed-hosts.ts'

const nothing = { index: [], registry: [], more: [], proxies: [] }
const usual = allowedHosts(nothing, [])

test('without settings, the registries are those of pip and npm, with the hosts of their files', () => {
  expect(usual.filter(({ isRegistry }) => isRegistry).map(({ host, port }) => `${host}:${port}`)).toEqual([
    'pypi.org:443',
    'registry.npmjs.org:443',
    'files.pythonhosted.org:443',
  ])
})

test.each(['download.pytorch.org', 'pypi.tuna.tsinghua.edu.cn', 'registry.npmmirror.com'])(
  'packages may name the public registry %s themselves, at a public address',
  (host) => {
    expect(reachOf(usual, { host, port: 443 }, true)).toBe('public')
  },
)

test('a configured index and registry stand in for the usual ones', () => {
  const settings = {
    ...nothing,
    index: ['http://mirror.lan:8080/simple', 'file:///srv/index'],
    registry: ['https://registry.npmmirror.com'],
    more: ['https://user:secret@one.example/simple'],
  }
  const registries = allowedHosts(settings, []).filter(({ isRegistry }) => isRegistry)
  const hosts = registries.map(({ host, port }) => `${host}:${port}`)
  expect(hosts).toEqual([
    'mirror.lan:8080',
    'registry.npmmirror.com:443',
    'one.example:443',
    'cdn.npmmirror.com:443',
  ])
})

describe('a destination is reached', () => {
  const further = ['git.example', 'git.lan:8443', '10.1.2.3', '[fd00::1]:8443']
  const allowed = allowedHosts({ ...nothing, index: ['http://127.0.0.1:3141/root'] }, further)

  test.each([
    ['registry.npmjs.org', 443, 'anywhere'],
    ['Registry.NPMJS.org.', 443, 'anywhere'],
    ['git.example', 443, 'public'],
    ['git.lan', 8443, 'public'],
    ['10.1.2.3', 443, 'anywhere'],
    ['fd00:0::1', 8443, 'anywhere'],
  ])('%s:%i: %s', (host, port, expected) => {
    expect(reachOf(allowed, { host, port }, true)).toBe(expected)
  })

  test('as it is stated: by a tunnel, or without encryption', () => {
    const index = { host: '127.0.0.1', port: 3141 }
    expect([true, false].map((isEncrypted) => reachOf(allowed, index, isEncrypted))).toEqual([
      'no',
      'anywhere',
    ])
    const registry = { host: 'registry.npmjs.org', port: 443 }
    expect(reachOf(allowed, registry, false)).toBe('no')
  })

  test.each([
    // Not listed, and neither are other ports of what is listed.
    ['other.example', 443],
    ['registry.npmjs.org', 22],
    ['127.0.0.1', 8000],
    ['localhost', 3141],
    ['git.lan', 443],
    // Not below a host, and no host that only looks alike.
    ['evil.git.example', 443],
    ['git.example.evil', 443],
    ['xgit.example', 443],
    // Other forms of an address.
    ['2130706433', 3141],
    ['0x7f.1', 3141],
    ['::ffff:127.0.0.1', 3141],
    ['169.254.169.254', 80],
    ['', 443],
  ])('but not %s:%i', (host, port) => {
    for (const isEncrypted of [true, false]) expect(reachOf(allowed, { host, port }, isEncrypted)).toBe('no')
  })
})

describe('an address', () => {
  test.each(['8.8.8.8', '172.32.0.1', '192.169.0.1', '2606:4700::1111'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })
  test.each([
    ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ...['169.254.169.254', '100.64.0.1', '198.18.0.1', '224.0.0.1', '255.255.255.255'],
    ...[
      '::',
      '::1',
      '::127.0.0.1',
      '::7f00:1',
      '4000::1',
      'fe80::1',
      'fe80::1%eth0',
      'fd00:ec2::254',
      'ff02::1',
    ],
    ...['::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '64:ff9b::7f00:1', '2002:7f00:1::', 'localhost', ''],
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  test('to which a name leads must be public and not our own, or be named by the administrator', () => {
    const index = ['http://127.0.0.1:3141/root']
    const allowed = allowedHosts({ ...nothing, index }, ['git.example', '10.1.2.3'])
    const isPublic = (address: string) => isPublicAddress(address) && address !== '8.8.4.4'
    const may = ['8.8.8.8', '10.1.2.3', '10.1.2.4', '8.8.4.4', '127.0.0.1'].map((address) =>
      mayLeadTo(allowed, isPublic, address),
    )
    expect(may).toEqual([true, true, false, false, false])
  })
})
