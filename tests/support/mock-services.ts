import type { EndpointResponse, Host, PortRow, Service, ServiceEvent, ServiceGroup } from '@vitrine/contract'
import { instancePort } from './instance-port.ts'

const startedAt = Date.parse('2026-01-01T08:00:00Z')
const at = (minutes: number): string => new Date(startedAt + minutes * 60_000).toISOString()
const uuid = (place: number): string => `00000000-0000-4000-8000-${String(place).padStart(12, '0')}`
const topics = [
  '车牌识别',
  '语音转写',
  '人群计数',
  '缺陷检测',
  '文本分类',
  '行人跟踪',
  '表格识别',
  '目标检测',
]
const reasons = [
  '退出码 137：因内存超限被结束，限制是 512 MB',
  '没有在 $PORT 上监听，而是在 5000 上',
  '/health 回答 404',
]

/** A varying number that is the same in each run. */
const vary = (place: number, step: number, size: number): number => (place * step) % size

/** Groups of services. */
export const mockGroups = (): ServiceGroup[] =>
  (
    [
      ['视觉', 'blue'],
      ['语音', 'amber'],
      ['产线一', 'green'],
      ['演示', 'purple'],
    ] as const
  ).map(([name, colour], position) => ({
    id: uuid(position + 1),
    name,
    colour,
    position,
    services: 0,
    created_at: at(0),
  }))

const stateOf = (place: number): Pick<Service, 'status' | 'health' | 'reason' | 'desired' | 'asleep'> => {
  const good = { desired: 'running', asleep: false, reason: null } as const
  if (place % 23 === 5)
    return { ...good, status: 'FATAL', health: 'UNKNOWN', reason: reasons[place % 3] ?? null }
  if (place % 19 === 4) return { ...good, status: 'RUNNING', health: 'UNHEALTHY', reason: reasons[2] ?? null }
  if (place % 17 === 3) return { ...good, status: 'STOPPED', health: 'UNKNOWN', asleep: true }
  if (place % 13 === 2) return { ...good, status: 'STOPPED', health: 'UNKNOWN', desired: 'stopped' }
  if (place % 29 === 1) return { ...good, status: 'STARTING', health: 'STARTING' }
  return { ...good, status: 'RUNNING', health: 'READY' }
}

/** One of many services, with a state and a group that depend on `place`. */
export const mockService = (place: number): Service => {
  const id = `service-${String(place).padStart(3, '0')}`
  const state = stateOf(place)
  const replicas = place % 7 === 0 ? 3 : 1
  const isUp = state.status === 'RUNNING'
  const release = 1 + vary(place, 5, 14)
  return {
    id,
    name: `${topics[place % topics.length]} ${String(place).padStart(3, '0')}`,
    other_names: [],
    algorithm_id: id,
    ...state,
    preview: null,
    mode: 'supervisor',
    network: 'all',
    path: `/ai/${id}/`,
    url: `http://127.0.0.1:8000/ai/${id}/`,
    own_url: null,
    front_port: 8001 + place,
    front_host: '127.0.0.1',
    front_port_taken: null,
    auth: 'required',
    timeout_s: 60,
    rate_limit: null,
    body_mb: 256,
    keep_bodies: false,
    release,
    commit: 'a3f9'.repeat(10),
    replicas,
    scaling: null,
    limits: { memory_mb: 512 },
    idle_minutes: null,
    unhealthy_probes: 6,
    group_id: place % 5 === 4 ? null : uuid(1 + (place % 5)),
    instances: isUp
      ? Array.from({ length: replicas }, (_, replica) => ({
          id: `${id}-${replica + 1}`,
          replica: replica + 1,
          endpoint: { host: '127.0.0.1', port: 18001 + place * 3 + replica },
          pid: 20_000 + place * 3 + replica,
          node: null,
          state: state.status,
          health: replica === 2 ? ('UNHEALTHY' as const) : state.health,
          reason: replica === 2 ? (reasons[2] ?? null) : state.reason,
          release,
          started_at: at(5),
          restarts: vary(place, 3, 4),
          last_end: null,
          over_limit: null,
          cpu: vary(place, 37, 90) / 100,
          memory_bytes: (60 + vary(place, 53, 400)) * 1024 * 1024,
          open_files: 20 + vary(place, 7, 60),
        }))
      : [],
    up_since: isUp ? at(5) : null,
    restarts: vary(place, 3, 4),
    owner: 'admin',
    may_operate: true,
    may_own: true,
    deploying: null,
    created_at: at(0),
    updated_at: at(5),
  }
}

/** Small charts of services for the last hour. */
export const mockSparks = (count: number): EndpointResponse<'GET /service-metrics'> => ({
  step_s: 120,
  since: at(0),
  items: Array.from({ length: count }, (_, place) => ({
    service_id: mockService(place).id,
    calls: Array.from({ length: 30 }, (__, step) =>
      place % 4 === 3 ? 0 : vary(step * 7 + place, 13, 40) + vary(place, 11, 25),
    ),
    errors: Array.from({ length: 30 }, (__, step) => (place % 11 === 0 && step % 9 === 4 ? 2 : 0)),
    memory_bytes: Array.from(
      { length: 30 },
      (__, step) => (60 + vary(place, 53, 400) + vary(step, 3, 12)) * 1024 * 1024,
    ),
  })),
})

/** The owner of a service, and who else may do what with it. */
export const mockAccess = ({ owner, group_id }: Service): EndpointResponse<'GET /services/{id}/access'> => ({
  owner,
  group_id,
  may_hand_over: true,
  items: [
    { level: 'own', because: 'owner', holder: 'user', holder_name: owner },
    { level: 'own', because: 'administrator', holder: 'role', holder_name: 'admin' },
    { level: 'operate', because: 'group', holder: 'custom_role', holder_name: '值班' },
  ],
  total: 3,
})

type Moment = [ServiceEvent['status'], ServiceEvent['health'], string | null, string | null]

/** The history of a service, newest first. */
export const mockHistory = (serviceId: string): ServiceEvent[] => {
  const first = `${serviceId}-1`
  const moments: Moment[] = [
    ['RUNNING', 'READY', null, null],
    ['STARTING', 'STARTING', null, first],
    ['BACKOFF', 'UNKNOWN', reasons[0] ?? null, first],
    ['RUNNING', 'UNHEALTHY', reasons[2] ?? null, null],
    ['RUNNING', 'READY', null, null],
    ['STARTING', 'STARTING', null, null],
    ['STOPPED', 'UNKNOWN', null, null],
  ]
  return moments.map(([status, health, reason, instanceId], place) => ({
    id: String(100 - place),
    at: at(200 - place * 13),
    service_id: serviceId,
    instance_id: instanceId,
    release: 3,
    status,
    health,
    reason,
  }))
}

/** The port of the platform, those of these services, and some held by foreign processes. */
export const mockPorts = (services: readonly Service[]): PortRow[] => [
  {
    port: 8000,
    kind: 'platform',
    state: 'listening',
    owner: null,
    holder: { pid: 900, command: 'node gateway.js' },
  },
  ...services.flatMap((service): PortRow[] => [
    {
      port: service.front_port ?? 0,
      kind: 'front',
      state: service.asleep ? 'reserved' : 'listening',
      owner: { service_id: service.id, release: null },
      holder: service.asleep ? null : { pid: 900, command: 'node gateway.js' },
    },
    ...service.instances.map((instance): PortRow => ({
      port: instancePort(instance),
      kind: 'instance',
      state: 'listening',
      owner: { service_id: service.id, release: instance.release },
      holder: { pid: instance.pid ?? 0, command: 'python3 -m vitrine_runtime' },
    })),
  ]),
  ...[8500, 8501, 18900].map((port): PortRow => ({
    port,
    kind: port < 10_000 ? 'front' : 'instance',
    state: 'foreign',
    owner: null,
    holder: { pid: 4_000 + port, command: 'java -jar /opt/other/server.jar' },
  })),
]

const gigabyte = 1024 ** 3

/** A machine that is half used. */
export const mockHost = (): Host => ({
  hostname: 'vitrine-01',
  uptime_s: 14 * 86_400 + 3_700,
  cores: 8,
  cpu: 3.4,
  load: [3.1, 2.8, 2.2],
  memory: { total_bytes: 32 * gigabyte, used_bytes: 21 * gigabyte },
  disks: [
    { path: '/', total_bytes: 200 * gigabyte, used_bytes: 88 * gigabyte },
    { path: '/var/lib/vitrine', total_bytes: 1_000 * gigabyte, used_bytes: 930 * gigabyte },
  ],
  processes: [
    { name: 'control_plane', pid: 812, cpu: 0.02, memory_bytes: 148 * 1024 ** 2 },
    { name: 'gateway', pid: 900, cpu: 0.4, memory_bytes: 96 * 1024 ** 2 },
    { name: 'supervisord', pid: 850, cpu: 0.01, memory_bytes: 31 * 1024 ** 2 },
    { name: 'database', pid: 830, cpu: 0.05, memory_bytes: 210 * 1024 ** 2 },
  ],
  services: {
    total: 200,
    running: 171,
    instances: 219,
    cpu: 2.6,
    memory_bytes: 15 * gigabyte,
    open_files: 9_800,
  },
  ports: [
    { kind: 'front', first: 8001, last: 8999, taken: 202 },
    { kind: 'instance', first: 18001, last: 19999, taken: 220 },
  ],
  limits: [
    { resource: 'memory', by: 'cgroup', ceiling: 24_576 },
    { resource: 'cpu', by: 'cgroup', ceiling: null },
    { resource: 'open_files', by: 'rlimit', ceiling: 65_536 },
    { resource: 'processes', by: null, ceiling: 4_096 },
    { resource: 'gpus', by: 'container', ceiling: null },
  ],
  modes: ['supervisor', 'local'],
  sandbox: { state: 'on', said: null, calls: 'filtered', network: 'separate' },
  gateway: 'embedded',
  points: Array.from({ length: 60 }, (_, minute) => ({
    at: at(minute),
    cpu: 2 + vary(minute, 7, 30) / 10,
    memory_bytes: (18 + vary(minute, 3, 8) / 2) * gigabyte,
  })),
})
