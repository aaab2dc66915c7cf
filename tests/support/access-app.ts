import type { FastifyInstance } from 'fastify'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { signedIn, type GatewayKeys, type Role, type SignedIn } from '@vitrine/contract'
import { openCache } from '../../apps/server/src/adapters/cache/bento.driver.ts'
import { createApp } from '../../apps/server/src/http/app.ts'
import { attemptLimitsOf } from '../../apps/server/src/modules/auth/attempts/attempt-limits.ts'
import { openAccessControl, type AccessControl } from '../../apps/server/src/modules/auth/auth.assembly.ts'
import { textSealer } from '../../apps/server/src/lib/sealed-text.ts'
import { createServiceGrantsRepository } from '../../apps/server/src/modules/service-grants/service-grants.repository.ts'
import { createServicesRepository } from '../../apps/server/src/modules/services/services.repository.ts'
import type { OidcSettings } from '../../apps/server/src/modules/auth/oidc/oidc-provider.ts'
import { defaultQuotas } from '../../apps/server/src/modules/quotas/quotas.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { settableConfig } from './settable-config.ts'
import { createTestDatabase } from './test-database.ts'

/** The password of every user in these tests. */
export const password = 'correct horse battery'

type Request = {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  bearer?: string
  cookies?: Record<string, string>
  headers?: Record<string, string>
  payload?: object
  remoteAddress?: string
}

/** The application with real sign-in, on its own database. The clock stands still until a test moves it. */
export async function openAccessApp(
  options: { adminPassword?: string | null; oidc?: OidcSettings | null } = {},
) {
  const database = await createTestDatabase()
  const cache = await openCache({ redisUrl: null, onError: (error) => console.error(error) })
  const secretsFolder = await mkdtemp(join(tmpdir(), 'vitrine-test-access-'))
  const published: GatewayKeys[] = []
  const services = createServicesRepository({ db: database.db })
  const grants = createServiceGrantsRepository(database)
  const configured = settableConfig()
  const quotas = defaultQuotas()
  let now = Date.parse('2026-03-01T08:00:00.000Z')
  const settings = {
    db: database.db,
    cache,
    clock: () => new Date(now),
    attemptLimits: attemptLimitsOf(configured),
    secretsFolder,
    oidc: options.oidc ?? null,
    quotas,
    sealer: textSealer('a secret of the tests'),
    serviceMadeAt: async (id: string) => (await services.get(id))?.createdAt ?? null,
    grantsOf: grants.heldBy,
    grantsWithoutRuns: grants.ofPeopleWithoutRuns,
    onKeysChanged: async (keys: GatewayKeys) => void published.push(keys),
    onError: (error: unknown) => console.error(error),
  }
  const restart = (adminPassword: string | null = null, resetUser: string | null = null) =>
    openAccessControl({ ...settings, adminPassword, resetUser })
  const { adminPassword = password } = options
  const access = await restart(adminPassword)
  const app = await appOf(access)

  const send = (url: string, request: Request = {}) =>
    app.inject({
      method: request.method ?? (request.payload ? 'POST' : 'GET'),
      url: `/api/v1${url}`,
      headers: { ...(request.bearer && { authorization: `Bearer ${request.bearer}` }), ...request.headers },
      ...(request.cookies && { cookies: request.cookies }),
      ...(request.payload && { payload: request.payload }),
      ...(request.remoteAddress && { remoteAddress: request.remoteAddress }),
    })
  /** Signs in from an address, with the cookie of a browser that has signed in before, if any. */
  const login = (username: string, given = password, remoteAddress?: string, device?: string) =>
    send('/auth/login', {
      payload: { username, password: given },
      remoteAddress,
      ...(device !== undefined && { cookies: { vitrine_device: device } }),
    })
  const signIn = async (
    username: string,
  ): Promise<SignedIn & { session: string; refresh: string; device: string }> => {
    const answer = await login(username)
    const value = (name: string) => answer.cookies.find((cookie) => cookie.name === name)?.value ?? ''
    return {
      ...signedIn.parse(answer.json()),
      session: value('vitrine_session'),
      refresh: value('vitrine_refresh'),
      device: value('vitrine_device'),
    }
  }
  return {
    app,
    access,
    db: database.db,
    secretsFolder,
    published,
    /** What people may own, which a test can change. */
    quotas,
    restart,
    send,
    login,
    signIn,
    now: () => new Date(now),
    /** Waits until something in the database waits for an advisory lock. */
    someoneWaits: () =>
      waitFor(
        async () =>
          (
            await database.db.execute(
              `select from pg_locks where locktype = 'advisory' and not granted
              and database = (select oid from pg_database where datname = current_database())`,
            )
          ).rows.length > 0,
        { timeoutMs: 60_000 },
      ),
    /** Changes a value of the configuration, as an administrator does on its page. */
    configure: configured.set,
    passSeconds: (seconds: number) => void (now += seconds * 1000),
    /** Adds a user as the administrator and signs them in. */
    async person(username: string, role: Role) {
      const admin = await signIn('admin')
      await send('/users', { bearer: admin.access_token, payload: { username, password, role } })
      return signIn(username)
    },
    async close() {
      await app.close()
      access.close()
      await cache.close()
      await database.close()
      await rm(secretsFolder, { recursive: true, force: true })
    },
  }
}

async function appOf(access: AccessControl): Promise<FastifyInstance> {
  const app = await createApp({
    logger: pino({ level: 'silent' }),
    authenticate: access.authenticate,
    countRequest: access.countRequest,
    streams: access.streams,
  })
  access.addTo(app)
  return app
}
