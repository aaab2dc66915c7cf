import type { WallName } from '@vitrine/contract'
import type { WallReadings } from './walls.readings.ts'
import { wallsOf } from './walls.ts'

/** A machine on which root started the platform, with everything that it can have. */
export const well: WallReadings = {
  own: { uid: 0, name: 'root' },
  rootKept: null,
  accounts: { block: { first: 1_900_000_000, size: 10_000 }, problem: null },
  sandbox: {
    state: 'on',
    said: null,
    calls: 'filtered',
    network: 'separate',
    version: '0.12.0',
    namespaces: { most: 96_365, forAll: null, appArmorRestricts: null },
  },
  instances: {
    inside: 3,
    unfiltered: 0,
    outside: 0,
    unknown: 0,
    elsewhere: 0,
    onSockets: 3,
    onPorts: 0,
    cutOff: 3,
    onNetwork: 0,
    hosts: [],
  },
  limits: {
    enforcement: [
      { resource: 'memory', by: 'cgroup' },
      { resource: 'cpu', by: 'cgroup' },
      { resource: 'processes', by: 'cgroup' },
      { resource: 'open_files', by: 'rlimit' },
    ],
    groups: [{ version: 2, folder: '/sys/fs/cgroup/vitrine', controllers: ['memory', 'cpu', 'pids'] }],
    missingProgram: null,
    cores: 8,
    most: { memory_mb: 8_000, cpu: 4, processes: 4_096, open_files: 65_536 },
    usual: { memory_mb: 8_000, cpu: 4, processes: 4_096, open_files: 65_536 },
  },
  networkCeiling: 'none',
  builds: { policy: 'registries', hosts: ['pypi.org:443', 'registry.npmjs.org:443'] },
  allowUrls: false,
  supervisord: { uid: 0, name: 'root' },
  database: { kind: 'embedded', account: { uid: 101, name: 'vitrine-db' } },
  gateway: { kind: 'nginx', account: { uid: 33, name: 'www-data' }, group: 'www-data', isOpenToAll: false },
  transport: { publicUrl: 'https://vitrine.example', proxies: ['127.0.0.1'], host: '127.0.0.1' },
  quotas: [{ setting: 'VITRINE_QUOTA_RUNS', value: 20, isDefault: true, isAtMost: false }],
}

/** The same machine with the platform started by an ordinary user, without groups of the kernel. */
const user = { uid: 1_000, name: 'lin' }
export const asUser: WallReadings = {
  ...well,
  own: user,
  accounts: { block: null, problem: { code: 'not_root' } },
  supervisord: user,
  database: { kind: 'embedded', account: user },
  gateway: { kind: 'embedded', account: user, group: null, isOpenToAll: false },
}

/** A wall as text: its state, and the codes of its gaps. */
export const seen = (name: WallName, readings: WallReadings): string => {
  const wall = wallsOf(readings).find((one) => one.name === name)
  return [wall?.state, ...(wall?.gaps.map(({ code }) => code) ?? [])].join(' ')
}
export const factsOf = (name: WallName, readings: WallReadings) =>
  wallsOf(readings).find((one) => one.name === name)?.facts
