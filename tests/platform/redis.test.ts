import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { authEndpoints, configEndpoints } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import { freePorts } from '../support/free-ports.ts'
import { patienceMs } from '../support/patience.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { redisIsInstalled, startRedis } from '../support/redis-server.ts'
import { ask, setConfig } from './ask-config.ts'

const minutes = 60_000
const found = configEndpoints['GET /config/{key}'].response
const readiness = z.object({ status: z.string(), details: z.object({ redis: z.string() }) })
const without = redisIsInstalled ? '' : ' (skipped: redis-server is not installed)'

describe.skipIf(!redisIsInstalled)(`a platform with Redis${without}`, () => {
  let platform: TestPlatform
  let admin: ApiClient
  let port: number
  let server: ReturnType<typeof startRedis> | null = null

  beforeAll(async () => {
    port = await freePorts(1)
    // Nothing listens there yet.
    platform = await startPlatform({ environment: { REDIS_URL: `redis://127.0.0.1:${port}` } })
    admin = await platform.admin()
  }, 3 * minutes)
  afterAll(async () => {
    await platform?.dispose()
    await server?.end()
  }, 3 * minutes)

  const ready = async () => {
    const answer = await fetch(`${platform.origin}/readyz`)
    return { http: answer.status, ...readiness.parse(await answer.json()) }
  }
  const untilRedisIs = (state: string) =>
    expect
      .poll(ready, { timeout: patienceMs })
      .toEqual({ http: 200, status: 'ready', details: { redis: state } })
  /** A value that is set and read, and a person who is disabled: their sign-in, which is in the cache, must not outlast that. */
  const worksAs = async (name: string) => {
    await setConfig(admin, 'custom.with_redis', { value: name })
    expect((await admin.get('/config/custom.with_redis', found)).value).toBe(name)
    const person = await platform.person(name, 'user')
    const { user } = await person.get('/auth/me', authEndpoints['GET /auth/me'].response)
    expect((await ask(admin, 'PATCH', `/users/${user.id}`, { disabled: true })).status).toBe(200)
    expect((await ask(person, 'GET', '/auth/me')).status).toBe(401)
  }

  test(
    'starts while it is away, uses it once it is there, and goes on when it is killed and comes back: nothing is wrong or lost, and /readyz says how it is',
    async () => {
      await untilRedisIs('away')
      await worksAs('before')
      server = startRedis(port)
      await untilRedisIs('connected')
      await worksAs('with')
      await server.end()
      await untilRedisIs('away')
      await worksAs('without')
      server = startRedis(port)
      await untilRedisIs('connected')
      await worksAs('again')
      expect((await admin.get('/config/custom.with_redis', found)).value).toBe('again')
    },
    3 * minutes,
  )
})
