import type { FastifyInstance } from 'fastify'
import { join } from 'node:path'
import type { GatewayKeys, GatewayTable } from '@vitrine/contract'
import type { Cache } from '../../adapters/cache/cache.ts'
import { transactionsOf, type Database } from '../../adapters/database/database.ts'
import type { HeldGrant } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import type { TextSealer } from '../../lib/sealed-text.ts'
import { secretFromFile } from '../../lib/secret-file.ts'
import { createOpenStreams, type OpenStreams } from '../../lib/open-streams.ts'
import { createApiKeysRepository } from '../api-keys/api-keys.repository.ts'
import { addApiKeyRoutes } from '../api-keys/api-keys.routes.ts'
import { closeServiceToKeys } from '../api-keys/api-keys.usecases.ts'
import { createKeyRates } from '../api-keys/api-keys.rates.ts'
import { actorOfApiKey, createKeyPublisher } from '../api-keys/api-keys.in-use.ts'
import { addAuditHook } from '../audit/audit.hook.ts'
import { auditKeyFile } from '../audit/audit.chain.ts'
import { createAuditRepository, type AuditRepository } from '../audit/audit.repository.ts'
import { forgetOldFailures } from '../audit/audit.usecases.ts'
import { addAuditRoutes } from '../audit/audit.routes.ts'
import { createInvitesRepository } from '../invites/invites.repository.ts'
import { addInviteRoutes } from '../invites/invites.routes.ts'
import { createOwnedRoom } from '../quotas/owned.ts'
import type { QuotaTable } from '../quotas/quotas.ts'
import { createRevocationsRepository } from '../revocations/revocations.repository.ts'
import { createCustomRolesRepository } from '../users/custom-roles.repository.ts'
import type { RolesDeps } from '../users/custom-roles.usecases.ts'
import { createUsersRepository } from '../users/users.repository.ts'
import { addUserRoutes } from '../users/users.routes.ts'
import { newPerson, type UsersDeps } from '../users/users.usecases.ts'
import { createAttemptsRepository } from './attempts/attempts.repository.ts'
import { createAuthenticator, type Authenticator } from './credentials/authenticate.ts'
import { createAccountCache } from './credentials/account-cache.ts'
import { setDeviceCookie } from './credentials/cookies.ts'
import type { AttemptLimits } from './attempts/attempt-limits.ts'
import { nameTriesOf } from './invite-name-tries.ts'
import { addAuthRoutes, answerSignedIn, placeOf } from './auth.routes.ts'
import { createExternalIdentitiesRepository } from './oidc/external-identities.repository.ts'
import { openedByServer } from './oidc/external-identities.usecases.ts'
import { addOidcRoutes } from './oidc/oidc.routes.ts'
import { rescueOnce, type RescueOutcome } from './setup/rescue.ts'
import { createSecondFactorsRepository } from './second-factor/second-factor.repository.ts'
import { addSecondFactorRoutes } from './second-factor/second-factor.routes.ts'
import { addSessionRoutes } from './sessions/sessions.routes.ts'
import { createSessionsRepository } from './sessions/sessions.repository.ts'
import { endSessionsOf, startSession } from './sessions/sessions.usecases.ts'
import { streamsOfKeys } from './credentials/streams-of-keys.ts'
import { ensureSomebody, type Setup } from './setup/setup.ts'
import { accessTokenSeconds, openTokens, tokenIssuer, type Tokens } from './credentials/tokens.ts'
import { forgetOldSignIns } from './auth.usecases.ts'
import type { AuthDeps } from './auth.deps.ts'
import { createOidcProvider, type OidcProvider, type OidcSettings } from './oidc/oidc-provider.ts'

/** Sign-in, users, API keys and the audit log, put together. */
export type AccessControl = Authenticator & {
  issueInstanceToken: Tokens['issueInstanceToken']
  /** What the gateway needs to check login tokens. */
  gatewayJwt: GatewayTable['jwt']
  /** The token of the set-up link to print: `/setup?token=…`. Null if a user exists. */
  setupToken: string | null
  /** Whether VITRINE_ADMIN_PASSWORD created the user `admin` at this start. */
  administratorMade: boolean
  /** Whether this start, or an earlier one, reset the account of a person who could not sign in any more. */
  rescue: RescueOutcome
  /** Adds the routes of this area, and the hook that records every change in the whole application. */
  addTo: (app: FastifyInstance) => void
  /** The open event streams, which end when what they depend on is revoked. */
  streams: OpenStreams
  /** The audit log, for entries that do not come from the requests of people. */
  audit: AuditRepository
  /** Passes the valid keys, the revoked logins and the grants to `onKeysChanged`. The composition root calls it once at start. */
  publishKeys: () => Promise<void>
  /** Stops retrying to send the keys to the gateway. */
  close: () => void
  /** Records when API keys were used at the gateway. The gateway does not report this by itself. */
  noteKeyUses: (uses: ReadonlyMap<string, Date>) => Promise<void>
  /** Removes a service that is being deleted from the keys that name it. Rejects if the gateway cannot be told. */
  closeServiceToKeys: (serviceId: string) => Promise<void>
  /** Removes expired sign-ins. The composition root calls it at start and every hour. */
  forgetOldSignIns: () => Promise<void>
}

/**
 * How long a revocation must be kept, in milliseconds: the life of a token, plus a minute because a token may be
 * issued just after the change.
 */
const revokedMs = (accessTokenSeconds + 60) * 1000

/** What opening access control needs. */
type Options = {
  db: Database
  cache: Cache
  clock: Clock
  /** How often somebody may be wrong. */
  attemptLimits: AttemptLimits
  secretsFolder: string
  /** Seals what must be read again, such as the secrets of authenticator apps. */
  sealer: TextSealer
  /** How people sign in with an account of another server. Null if they can only use a password. */
  oidc: OidcSettings | null
  adminPassword: string | null
  /**
   * The name of the user whose password is set to `adminPassword` at this start, because they cannot sign in any more.
   */
  resetUser: string | null
  quotas: QuotaTable
  onKeysChanged: (keys: GatewayKeys) => Promise<void>
  /** When a service was created. Null if it does not exist. The token of an instance ends with its service. */
  serviceMadeAt: (serviceId: string) => Promise<Date | null>
  /** What groups of services grant to a person now. */
  grantsOf: (userId: string) => Promise<HeldGrant[]>
  /** The people whose role may run no service, and the groups that grant them something. */
  grantsWithoutRuns: () => Promise<{ userId: string; groupIds: string[] }[]>
  /** Called each time that a repeated attempt to tell the gateway of a change fails. */
  onError: (error: unknown) => void
}

/** Makes the parts that signing in, keys and the audit log need. */
async function wireAuth(options: Options) {
  const { db, cache, clock, secretsFolder, onKeysChanged, onError } = options
  const users = createUsersRepository({ db })
  const sessions = createSessionsRepository({ db })
  const apiKeys = createApiKeysRepository({ db })
  const revocations = createRevocationsRepository({ db, lifeMs: revokedMs })
  const streams = createOpenStreams()
  const endStreamsOfKeys = streamsOfKeys(streams)
  const publisher = createKeyPublisher({
    apiKeys,
    revocations,
    grantsWithoutRuns: options.grantsWithoutRuns,
    clock,
    onKeysChanged: async (keys) => {
      endStreamsOfKeys(keys)
      await onKeysChanged(keys)
    },
    onRetryFailed: onError,
  })
  const auth: AuthDeps = {
    users,
    sessions,
    attempts: createAttemptsRepository({ db, limits: options.attemptLimits }),
    accountCache: createAccountCache({ cache, users, sessions, clock }),
    tokens: await openTokens({ keyFile: join(secretsFolder, 'token-key-p256.json'), clock }),
    clock,
    streams,
    publishKeys: publisher.publish,
    revocations,
  }
  const key = await secretFromFile(auditKeyFile(secretsFolder))
  const audit = createAuditRepository({ db, key })
  const customRoles = createCustomRolesRepository({ db })
  const inTransaction = transactionsOf(db, (part) => ({
    invites: createInvitesRepository(part),
    users: createUsersRepository(part),
    externalIdentities: createExternalIdentitiesRepository(part),
  }))
  return {
    auth,
    apiKeys,
    audit,
    customRoles,
    inTransaction,
    publisher,
    secondFactors: createSecondFactorsRepository({ db }),
    externalIdentities: createExternalIdentitiesRepository({ db }),
    invites: createInvitesRepository({ db }),
    owned: createOwnedRoom(options.quotas),
  }
}

type Wired = Awaited<ReturnType<typeof wireAuth>>

/**
 * Resets the account of a person if the operator's settings ask for it. The gateway learns what this revokes with the
 * first list of keys.
 */
async function rescueSomebody(
  { auth, audit, customRoles, secondFactors }: Wired,
  { resetUser, adminPassword, secretsFolder }: Options,
): Promise<RescueOutcome> {
  const isAsked = resetUser !== null && adminPassword !== null
  const { users, clock, accountCache } = auth
  return rescueOnce(
    {
      users,
      clock,
      audit,
      customRoles,
      secondFactors,
      endSessions: (userId) => endSessionsOf(auth, { userId, except: null }),
      onAccountChanged: (userId) => accountCache.forgetAccount(userId),
    },
    {
      file: join(secretsFolder, 'reset-user'),
      asked: isAsked ? { username: resetUser, password: adminPassword } : null,
    },
  )
}

/** What changing people needs. */
function peopleOf(
  { auth, customRoles, externalIdentities }: Pick<Wired, 'auth' | 'customRoles' | 'externalIdentities'>,
  oidc: OidcProvider | null,
): UsersDeps & RolesDeps {
  const { users, clock, accountCache, streams, publishKeys } = auth
  return {
    users,
    customRoles,
    clock,
    openedElsewhere: openedByServer({ oidc, externalIdentities }),
    endSessions: (userId) => endSessionsOf(auth, { userId, except: null }),
    onAccountChanged: async (userId) => {
      await accountCache.forgetAccount(userId)
      streams.endOf(`user:${userId}`)
      await publishKeys()
    },
  }
}

/** Adds the routes of this area, and the hook that records every change. */
function addRoutes(
  app: FastifyInstance,
  wired: Wired,
  { setup, sealer, oidc }: { setup: Setup; sealer: TextSealer; oidc: OidcProvider | null },
): void {
  const { auth, apiKeys, audit, invites, inTransaction, customRoles, secondFactors, owned } = wired
  const { clock, publishKeys } = auth
  const people = peopleOf(wired, oidc)
  addAuditHook(app, { audit })
  const signingIn = { ...auth, secondFactors, sealer, audit }
  addAuthRoutes(app, { ...signingIn, setup })
  addSecondFactorRoutes(app, signingIn)
  const { externalIdentities } = wired
  addOidcRoutes(app, { ...signingIn, ...people, oidc, externalIdentities, inTransaction })
  addSessionRoutes(app, { ...auth, customRoles })
  addInviteRoutes(app, {
    ...signingIn,
    inTransaction,
    invites,
    customRoles,
    nameTries: nameTriesOf(auth),
    owned,
    async signIn(user, { request, reply }) {
      setDeviceCookie(reply, await auth.tokens.issueDevice(user.id))
      return answerSignedIn(
        reply,
        await startSession(auth, { person: newPerson(user), place: placeOf(request) }),
      )
    },
  })
  addUserRoutes(app, people)
  addApiKeyRoutes(app, { apiKeys, clock, publishKeys, owned })
  addAuditRoutes(app, { audit, clock })
}

/**
 * Opens access control on a database. Seeds the roles, creates the administrator or the set-up link if there
 * is no user, and opens the signing key. `secretsFolder` gets files with mode 0600. `onKeysChanged` gets the
 * whole list at every change.
 */
export async function openAccessControl(options: Options): Promise<AccessControl> {
  const { cache, clock, sealer, serviceMadeAt, grantsOf } = options
  const oidc = options.oidc && createOidcProvider(options.oidc, clock)
  const wired = await wireAuth(options)
  const { auth, apiKeys, audit, publisher } = wired
  const { tokens, accountCache, streams, publishKeys } = auth
  const {
    administratorMade,
    setup,
    token: setupToken,
  } = await ensureSomebody({ ...options, users: auth.users })
  const rescue = await rescueSomebody(wired, options)
  return {
    ...createAuthenticator({
      tokens,
      accountCache,
      serviceMadeAt,
      grantsOf,
      actorOfKey: (key) => actorOfApiKey({ apiKeys, clock, cache }, key),
      countRequest: createKeyRates({ clock }),
    }),
    issueInstanceToken: tokens.issueInstanceToken,
    gatewayJwt: { issuer: tokenIssuer, public_key: tokens.publicKey },
    setupToken,
    administratorMade,
    rescue,
    addTo: (app) => addRoutes(app, wired, { setup, sealer, oidc }),
    streams,
    audit,
    publishKeys,
    close: publisher.close,
    noteKeyUses: (uses) => apiKeys.noteUses(uses),
    closeServiceToKeys: (serviceId) => closeServiceToKeys({ apiKeys, publishKeys }, serviceId),
    async forgetOldSignIns() {
      await forgetOldSignIns(auth)
      await forgetOldFailures({ audit }, clock())
    },
  }
}
