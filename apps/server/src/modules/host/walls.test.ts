import { hostWalls } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import type { WallReadings } from './walls.readings.ts'
import { well, asUser, seen, factsOf } from './walls.test-readings.ts'
import { wallsOf } from './walls.ts'

test('every wall is stated once, in the form of the contract', () => {
  const walls = wallsOf(well)
  expect(hostWalls.shape.walls.parse(walls)).toEqual(walls)
})

test('on a machine with everything, only that the control plane is root is missing', () => {
  const gaps = wallsOf(well).filter(({ state }) => state !== 'stands')
  expect(gaps.map(({ name, state }) => [name, state])).toEqual([['control_plane', 'missing']])
})

describe('accounts of services', () => {
  test('stand with the numbers that they are taken from', () => {
    expect(seen('service_accounts', well)).toBe('stands')
    expect(factsOf('service_accounts', well)).toEqual([
      { code: 'account_block', values: { first: 1_900_000_000, last: 1_900_009_999 } },
    ])
  })
  test('are missing if an ordinary user started the platform', () => {
    expect(seen('service_accounts', asUser)).toBe('missing not_root')
  })
  test('are missing as root with the folder that is closed', () => {
    const accounts = { block: null, problem: { code: 'folder_closed', path: '/root' } } as const
    expect(wallsOf({ ...well, accounts })[0]).toMatchObject({
      state: 'missing',
      gaps: [{ code: 'folder_closed', values: { path: '/root' } }],
    })
  })
})

describe('the sandbox', () => {
  const sandbox = (change: Partial<WallReadings['sandbox']>) =>
    seen('sandbox', { ...well, sandbox: { ...well.sandbox, ...change } })
  const refused = (change: Partial<WallReadings['sandbox']['namespaces']>) =>
    sandbox({ state: 'refused', said: 'no', namespaces: { ...well.sandbox.namespaces, ...change } })

  test('stands if all running instances are in it, or none runs', () => {
    expect(sandbox({})).toBe('stands')
    expect(seen('sandbox', { ...well, instances: { ...well.instances, inside: 0 } })).toBe('stands')
  })
  test('stands in part while instances run in it that were started before its filter', () => {
    const instances = { ...well.instances, unfiltered: 2 }
    const wall = wallsOf({ ...well, instances }).find(({ name }) => name === 'sandbox')
    const gaps = [{ code: 'instances_unfiltered', values: { count: 2 } }]
    expect(wall).toMatchObject({ state: 'in_part', gaps })
    const withoutFilter = { ...well.sandbox, calls: 'all', said: 'no seccomp' } as const
    expect(seen('sandbox', { ...well, instances, sandbox: withoutFilter })).toBe('in_part system_calls_open')
  })
  test('stands in part while instances run outside that were started before it', () => {
    const readings = { ...well, instances: { ...well.instances, outside: 2 } }
    expect(seen('sandbox', readings)).toBe('in_part instances_outside')
  })
  test('is missing if it is switched off or bubblewrap is not installed', () => {
    expect(sandbox({ state: 'off' })).toBe('missing sandbox_off')
    expect(sandbox({ state: 'missing', version: null })).toBe('missing bubblewrap_missing')
  })
  test('is missing if bubblewrap does not work, with the settings of the kernel that forbid it', () => {
    expect(refused({})).toBe('missing bubblewrap_refused')
    expect(refused({ most: 0 })).toBe('missing bubblewrap_refused namespaces_none')
    expect(refused({ forAll: false })).toBe('missing bubblewrap_refused namespaces_root_only')
    expect(refused({ appArmorRestricts: true })).toBe('missing bubblewrap_refused namespaces_apparmor')
  })
  test('says nothing of the kernel’s settings where bubblewrap works in spite of them', () => {
    expect(sandbox({ namespaces: { most: 1, forAll: false, appArmorRestricts: true } })).toBe('stands')
  })
})

describe('limits', () => {
  const limits = (change: Partial<WallReadings['limits']>) =>
    seen('limits', { ...well, limits: { ...well.limits, ...change } })
  const watched = [
    { resource: 'memory', by: 'watch' },
    { resource: 'cpu', by: null },
    { resource: 'processes', by: 'watch' },
    { resource: 'open_files', by: 'rlimit' },
  ] as const
  const { memory_mb: _memory, ...withoutMemory } = well.limits.usual
  const { cpu: _cpu, ...withoutCpu } = well.limits.most

  test('stand if the kernel holds all of them', () => {
    expect(limits({})).toBe('stands')
  })
  test('stand in part if no instance is kept from taking every processor', () => {
    expect(limits({ most: withoutCpu })).toBe('in_part cpu_unlimited')
  })
  test('are missing without groups of the kernel, and memory is then not even checked without a ceiling', () => {
    expect(limits({ enforcement: watched, groups: [], usual: withoutMemory })).toBe(
      'missing cgroups_closed memory_unlimited processes_watched cpu_not_enforced',
    )
    expect(limits({ enforcement: watched, groups: [] })).toBe(
      'missing cgroups_closed memory_watched processes_watched cpu_not_enforced',
    )
  })
  test('are missing as root without the program that gives up root', () => {
    const missingProgram = '/usr/bin/setpriv'
    expect(limits({ enforcement: watched, groups: [], missingProgram })).toMatch(/^missing no_setpriv /)
  })
  test('stand in part with the memory alone', () => {
    const enforcement = watched.map((one) =>
      one.resource === 'memory' ? { ...one, by: 'cgroup' as const } : one,
    )
    expect(limits({ enforcement })).toBe('in_part cgroups_closed processes_watched cpu_not_enforced')
  })
})

describe('addresses of instances', () => {
  const addresses = (onSockets: number, onPorts: number) =>
    seen('instance_addresses', {
      ...well,
      instances: { ...well.instances, onSockets, onPorts, hosts: ['127.0.0.1'] },
    })

  test.each([
    [2, 0, 'stands'],
    [2, 1, 'in_part instances_on_ports'],
    [0, 3, 'missing instances_on_ports'],
    [0, 0, 'unknown nothing_runs'],
  ])('with %i on sockets and %i on ports are: %s', (onSockets, onPorts, words) => {
    expect(addresses(onSockets, onPorts)).toBe(words)
  })
  test('stand in part if every local account can open the sockets', () => {
    const open = { ...asUser.gateway, kind: 'nginx', group: 'www-data', isOpenToAll: true } as const
    const wall = wallsOf({ ...asUser, gateway: open }).find(({ name }) => name === 'instance_addresses')
    expect(wall).toMatchObject({
      state: 'in_part',
      gaps: [{ code: 'sockets_open', values: { group: 'www-data', account: 'lin' } }],
    })
  })
})

test('inputs by address are refused unless instances are told to fetch them', () => {
  expect(seen('url_inputs', well)).toBe('stands')
  expect(seen('url_inputs', { ...well, allowUrls: true })).toBe('missing urls_allowed')
})

describe('the control plane', () => {
  test('is behind a wall if it and supervisord are not root', () => {
    expect(seen('control_plane', asUser)).toBe('stands')
    expect(seen('control_plane', { ...asUser, supervisord: { uid: 0, name: 'root' } })).toBe(
      'in_part supervisord_root',
    )
    expect(seen('control_plane', { ...well, supervisord: null })).toBe('missing control_plane_root')
    const rootKept = { zh: '没有账户', en: 'there is no account' }
    const kept = wallsOf({ ...well, supervisord: null, rootKept }).find(
      ({ name }) => name === 'control_plane',
    )
    expect(kept?.gaps.at(-1)).toEqual({ code: 'root_kept', values: rootKept })
  })
})

describe('the database', () => {
  const database = (found: WallReadings['database'], readings = well) =>
    seen('database', { ...readings, database: found })

  test('stands with an account of its own, and in part with one that other programs use', () => {
    expect(seen('database', well)).toBe('stands')
    expect(database({ kind: 'embedded', account: { uid: 65_534, name: 'nobody' } })).toBe(
      'in_part database_account_shared',
    )
  })
  test('with the account of the algorithms, is apart from them only by the sandbox', () => {
    expect(seen('database', asUser)).toBe('in_part same_account')
    const off = { ...asUser, sandbox: { ...well.sandbox, state: 'off' as const } }
    expect(seen('database', off)).toBe('missing same_account')
  })
  test('of somebody else stands, and in part if the platform may do everything there', () => {
    const other = { kind: 'external', host: 'db.example', role: 'vitrine', isSuperuser: false } as const
    expect(database(other)).toBe('stands')
    expect(database({ ...other, isSuperuser: true })).toBe('in_part database_superuser')
  })
  test('is unknown while its process cannot be found', () => {
    expect(database({ kind: 'embedded', account: null })).toBe('unknown')
  })
})

describe('the gateway', () => {
  const gateway = (change: Partial<WallReadings['gateway']>, readings = well) =>
    seen('gateway', { ...readings, gateway: { ...readings.gateway, ...change } })

  test('stands if the workers have few rights and only they speak for people', () => {
    expect(gateway({})).toBe('stands')
  })
  test('is missing if what answers strangers is root', () => {
    const root = { kind: 'embedded', account: { uid: 0, name: 'root' }, group: null } as const
    expect(gateway(root)).toBe('missing gateway_root')
  })
  test('stands in part if every local account can pretend to be it', () => {
    expect(gateway({ isOpenToAll: true })).toBe('in_part socket_open')
  })
  test('with the account of the algorithms, is apart from them only by the sandbox', () => {
    expect(gateway({}, asUser)).toBe('in_part same_account')
  })
  test('is unknown while its process cannot be found', () => {
    expect(gateway({ account: null })).toBe('unknown')
  })
})

describe('encryption', () => {
  const transport = (change: Partial<WallReadings['transport']>) =>
    seen('transport', { ...well, transport: { ...well.transport, ...change } })

  test('stands with a public address of HTTPS and the proxies that end it', () => {
    expect(transport({})).toBe('stands')
  })
  test('stands in part if everybody behind the proxy has one address', () => {
    expect(transport({ proxies: [] })).toBe('in_part no_trusted_proxies')
  })
  test('stands in part if the network can also reach the platform past the proxies', () => {
    expect(transport({ host: '0.0.0.0' })).toBe('in_part open_without_https')
    expect(transport({ host: '::', proxies: [] })).toBe('in_part open_without_https no_trusted_proxies')
  })
  test('stands in part if only this machine can reach the platform', () => {
    for (const host of ['127.0.0.1', 'localhost', '::1'])
      expect(transport({ publicUrl: null, host })).toBe('in_part local_without_https')
  })
  test('is missing if the network can reach the platform without it', () => {
    expect(transport({ publicUrl: null, host: '0.0.0.0' })).toBe('missing open_without_https')
    expect(transport({ publicUrl: 'http://vitrine.example', host: '::' })).toBe('missing open_without_https')
  })
})

describe('quotas', () => {
  const quota = well.quotas[0]
  if (!quota) throw new Error('there is no quota')
  const quotas = (change: Partial<typeof quota>) => ({ ...well, quotas: [{ ...quota, ...change }] })

  test('stand at their defaults and at other values, which are stated', () => {
    expect(factsOf('quotas', well)).toEqual([{ code: 'quotas_default', values: {} }])
    const set = quotas({ value: 50, isDefault: false })
    expect(seen('quotas', set)).toBe('stands')
    expect(factsOf('quotas', set)).toEqual([
      { code: 'quotas_set', values: { settings: 'VITRINE_QUOTA_RUNS=50' } },
    ])
  })
  test('stand in part if one is as high as it goes', () => {
    expect(seen('quotas', quotas({ value: 10_000, isDefault: false, isAtMost: true }))).toBe(
      'in_part quota_at_most',
    )
  })
})
