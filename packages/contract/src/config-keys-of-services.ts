import { z } from 'zod'
import type { ConfigKeyDefinition } from './config-key-definition.ts'
import { bySchema, duration } from './config-kinds.ts'
import { bounds } from './limits.ts'
import { plainAddress } from './network-endpoint.ts'
import { rateLimit } from './request-rate.ts'

/** How long the gateway waits for an answer of a new service, in seconds. */
export const usualTimeoutS = 60

/**
 * The keys of services: their limits, times and health checks. The value of the system for an option applies only to
 * newly deployed services.
 */
export const serviceKeys = {
  'service.health.interval': {
    types: ['system'],
    administratorsOnly: true,
    ...duration({ unit: 's', min: 1, max: 3_600 }),
    fallback: 10,
    effect: 'at_once',
    title: { zh: '健康检查间隔', en: 'Time between health checks' },
    about: {
      zh: '用于没有另行写明的算法包，从下一次检查起',
      en: 'For packages that state none of their own, from the next check on',
    },
  },
  'service.health.timeout': {
    types: ['system'],
    administratorsOnly: true,
    ...duration({ unit: 's', min: 0.5, max: 60 }),
    fallback: 5,
    effect: 'at_once',
    title: { zh: '健康检查超时', en: 'Health check timeout' },
    about: {
      zh: '健康检查等待回答的时间',
      en: 'How long to wait for the answer of a health check',
    },
  },
  'service.timeout': {
    types: ['system', 'service'],
    ...duration({ unit: 's', ...bounds.timeoutS }),
    fallback: usualTimeoutS,
    effect: 'at_once',
    title: { zh: '请求超时', en: 'Request timeout' },
    about: {
      zh: '网关等待服务回答的时间。系统值用于新部署的服务',
      en: 'How long the gateway waits for an answer. The value of the system is for services that are newly deployed',
    },
  },
  'service.idle.timeout': {
    types: ['system', 'service'],
    ...duration({ unit: 'm', ...bounds.idleMinutes, whole: true }),
    fallback: null,
    effect: 'at_once',
    title: { zh: '空闲多久后休眠', en: 'Idle time before sleep' },
    about: {
      zh: '这么久没有请求的服务会休眠，下次请求时醒来；不设置则不休眠。系统值用于新部署的服务',
      en: 'A service falls asleep after this time without a request and wakes at the next one. Without a value, it never sleeps. The value of the system is for services that are newly deployed',
    },
  },
  'service.drain.timeout': {
    types: ['system'],
    administratorsOnly: true,
    ...duration({ unit: 's', min: 0, max: 3_600 }),
    fallback: 60,
    effect: 'at_once',
    title: { zh: '结束前等待请求完成', en: 'Wait for requests before an instance ends' },
    about: {
      zh: '停止或替换实例时，最多等它正在处理的请求这么久（不超过服务的请求超时），然后结束它',
      en: 'When an instance is stopped or replaced, its present requests get at most this long (and no longer than the timeout of the service) before it is ended',
    },
  },
  'service.stop.timeout': {
    types: ['system'],
    administratorsOnly: true,
    ...duration({ unit: 's', min: 1, max: 3_600 }),
    fallback: 20,
    effect: 'new_instances',
    title: { zh: '强制结束前的等待', en: 'Time to end before being killed' },
    about: {
      zh: '结束一个实例时，SIGTERM 之后最多等它的进程这么久，再用 SIGKILL 强制结束；停止整个平台时不超过 5 秒；但那时已经在结束的实例仍等满这么久，超过 30 秒（Docker Compose 里 2 分钟）控制面会被强制结束。新启动的实例生效',
      en: 'How long the processes of an instance have after SIGTERM until they are killed with SIGKILL; at most 5 s when the whole platform is stopped. An instance whose end is already under way then keeps its full time, and if that is more than 30 s (2 minutes with Docker Compose), the control plane is killed. It counts for instances that are started from then on',
    },
  },
  'service.rate_limit': {
    types: ['system', 'service'],
    ...bySchema(rateLimit.strict(), { requests: 60, window_s: 60 }),
    fallback: null,
    effect: 'at_once',
    title: { zh: '限流', en: 'Rate limit' },
    about: {
      zh: '每个调用者（未登录时每个地址，IPv6 按 /64）在一个时间窗口（window_s 秒）内最多的请求数；不设置则不限。系统值用于新部署的服务',
      en: 'The most requests of one caller (without a sign-in, of one address; for IPv6, of a /64) in a window of window_s seconds. Without a value, there is no limit. The value of the system is for services that are newly deployed',
    },
  },
  'service.port': {
    types: ['service'],
    kind: 'integer',
    schema: z.number().int().min(bounds.port.min).max(bounds.port.max),
    fallback: null,
    effect: 'at_once',
    title: { zh: '独立端口', en: 'Front port' },
    about: { zh: '网关为这个服务打开的端口', en: 'The port that the gateway opens for the service' },
  },
  'service.host': {
    types: [],
    kind: 'string',
    schema: plainAddress,
    fallback: null,
    effect: 'at_once',
    title: { zh: '对外地址', en: 'Front address' },
    about: {
      zh: '独立端口在本机的哪个地址上打开；部署时选择',
      en: 'The address of this machine at which the front port is opened; chosen at a deploy',
    },
  },
} as const satisfies Record<string, ConfigKeyDefinition>
