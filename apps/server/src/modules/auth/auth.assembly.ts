import type { FastifyInstance } from 'fastify'
import { join } from 'node:path'
import type { GatewayKeys, GatewayTable } from '@vitrine/contract'
import type { Cache } from '../../adapters/cache/cache.ts'
import type { Database } from '../../adapters/database/database.ts'
import type { Clock } from '../../lib/clock.ts'
import { createApiKeysRepository } from '../api-keys/api-keys.repository.ts'
import { addApiKeyRoutes } from '../api-keys/api-keys.routes.ts'
import { actorOfApiKey, createKeyPublisher } from '../api-keys/api-keys.in-use.ts'
import { addAuditHook } from '../audit/audit.hook.ts'
import { createAuditRepository } from '../audit/audit.repository.ts'
import { addAuditRoutes } from '../audit/audit.routes.ts'
import { createUsersRepository } from '../users/users.repository.ts'
import { addUserRoutes } from '../users/users.routes.ts'
import { createAttemptsRepository } from './auth.attempts.ts'
import { createAuthenticator, type Authenticator } from './auth.authenticate.ts'
import { createIdentities } from './auth.identities.ts'
import { addAuthRoutes } from './auth.routes.ts'
import { createSessionsRepository } from './auth.sessions.ts'
import { endSessionsOf } from './auth.sessions.usecases.ts'
import { createSetup, ensureAdministrator } from './auth.setup.ts'
import { openTokens, tokenIssuer, type Tokens } from './auth.tokens.ts'
import { forgetOldSignIns, type AuthDeps } from './auth.usecases.ts'

/** Sign-in, people, keys and audit log, put together. */
export type AccessControl = Authenticator & {
  issueInstanceToken: Tokens['issueInstanceToken']
  /** What the gateway checks login tokens by. */
  gatewayJwt: GatewayTable['jwt']
  /** The token of the set-up link to print: `/setup?token=…`; null when there is a user. */
  setupToken: string | null
  /** Whether VITRINE_ADMIN_PASSWORD made the user `admin` at this start. */
  administratorMade: boolean
  /** Adds the routes of this area, and the hook that records every change to the whole application. */
  addTo: (app: FastifyInstance) => void
  /** Hands the keys in force to `onKeysChanged`; the root calls it once at boot. */
  publishKeys: () => Promise<void>
  /** Notes when API keys were used at the gateway, which does not tell by itself. */
  noteKeyUses: (uses: ReadonlyMap<string, Date>) => Promise<void>
  /** Removes what is over; for the root to call at boot and every hour. */
  forgetOldSignIns: () => Promise<void>
}

/**
 * Opens who-may-do-what on a database: seeds the roles, makes the administrator or the set-up link where there is no user,
 * opens the signing key. `secretsFolder` gets files of mode 0600. `onKeysChanged` gets the whole list at every change.
 */
export async function openAccessControl(options: {
  db: Database
  cache: Cache
  clock: Clock
  secretsFolder: string
  adminPassword: string | null
  onKeysChanged: (keys: GatewayKeys) => Promise<void>
}): Promise<AccessControl> {
  const { db, cache, clock } = options
  const users = createUsersRepository({ db })
  const sessions = createSessionsRepository({ db })
  const apiKeys = createApiKeysRepository({ db })
  const audit = createAuditRepository({ db })
  const attempts = createAttemptsRepository({ db })
  const identities = createIdentities({ cache, users, sessions, clock })
  const tokens = await openTokens({
    keyFile: join(options.secretsFolder, 'token-key-p256.json'),
    clock,
  })
  const publishKeys = createKeyPublisher({ apiKeys, onKeysChanged: options.onKeysChanged })
  await users.seedRoles()
  const { adminPassword } = options
  const administratorMade =
    adminPassword !== null && (await ensureAdministrator({ users, clock }, { password: adminPassword }))
  const tokenFile = join(options.secretsFolder, 'setup-tokens.json')
  const { setup, token } = await createSetup({ users, clock, tokenFile })
  const auth: AuthDeps = { users, sessions, attempts, identities, tokens, clock }
  return {
    ...createAuthenticator({
      tokens,
      identities,
      actorOfKey: (key) => actorOfApiKey({ apiKeys, clock, cache }, key),
    }),
    issueInstanceToken: tokens.issueInstanceToken,
    gatewayJwt: { issuer: tokenIssuer, public_key: tokens.publicKey },
    setupToken: token,
    administratorMade,
    addTo(app) {
      addAuditHook(app, { audit })
      addAuthRoutes(app, { ...auth, setup })
      addUserRoutes(app, {
        users,
        clock,
        endSessions: (userId) => endSessionsOf(auth, { userId, except: null }),
        onAccountChanged: identities.forgetAccount,
        publishKeys,
      })
      addApiKeyRoutes(app, { apiKeys, clock, publishKeys })
      addAuditRoutes(app, { audit })
    },
    publishKeys,
    noteKeyUses: (uses: Parameters<typeof apiKeys.noteUses>[0]) => apiKeys.noteUses(uses),
    forgetOldSignIns: () => forgetOldSignIns(auth),
  }
}
