import {
  calculateJwkThumbprint,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  jwtVerify,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTPayload,
} from 'jose'
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { permissionsOf, slug, type User } from '@vitrine/contract'
import type { Clock } from '../../../lib/clock.ts'
import { readJsonIfThere } from '../../../lib/if-there.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import type { PersonNow } from '../../users/users.repository.ts'

/** Issuer of login tokens. The gateway accepts these. */
export const tokenIssuer = 'vitrine'
/** Issuer of the tokens of instances. It differs, so that the gateway does not accept such a token as a login. */
const instanceIssuer = 'vitrine-instance'
/** Issuer of the tokens of devices. It differs for the same reason. */
const deviceIssuer = 'vitrine-device'
/** Lifetime of a device's token, in seconds. For so long, a browser counts as used by a person after their sign-in. */
export const deviceTokenSeconds = 365 * 24 * 3600
/** Lifetime of an access token, in seconds. */
export const accessTokenSeconds = 15 * 60
/** How long a session lives after its last refresh, in seconds. This is also the lifetime of a refresh token. */
export const sessionSeconds = 30 * 24 * 3600
/** Lifetime of an instance's token, in seconds. An instance may run for years without a restart. */
const instanceTokenSeconds = 10 * 365 * 24 * 3600

/**
 * The signature algorithm (RFC 7518, section 3). Every gateway driver can check ES256, but njs does not
 * support EdDSA.
 */
const algorithm = 'ES256'

const storedKey = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
})

const accessClaims = z.object({
  sub: z.uuid(),
  name: z.string(),
  role: z.string(),
  sid: z.uuid(),
  gen: z.int(),
})
const deviceClaims = z.object({ sub: z.uuid(), jti: z.uuid() })
/** The claims of an instance's token. `made` is when its service was created, in milliseconds since the epoch. */
const instanceClaims = z.object({
  sub: z.string(),
  role: z.literal('instance'),
  service: slug,
  made: z.int(),
})

/** The claims of a login token. `gen` is the number of changes that the account had when its role was read. */
export type AccessClaims = z.infer<typeof accessClaims>
/**
 * An instance, and when its service was created. The time is needed because the IDs of services and instances can be
 * used again.
 */
type TokenInstance = { serviceId: string; instanceId: string; serviceMadeAt: Date }
/** The content of a valid token. */
type VerifiedToken =
  | { kind: 'login'; claims: AccessClaims }
  | {
      kind: 'instance'
      serviceId: string
      instanceId: string
      /**
       * Whether it was issued for the service that was created at this time, not for an earlier one with the same ID.
       */
      isOfServiceMadeAt: (time: Date) => boolean
    }

/** The person and the session for whom a login token is issued. */
type TokenHolder = PersonNow & { sessionId: string }

/**
 * The role in a token. Only the gateway reads it, to open services to the roles that may run them. A custom role
 * without that permission gets a word that is not a role, for which the gateway answers 403.
 */
const gatewayRoleOf = ({ role, custom_role: custom }: User): string =>
  permissionsOf({ role, custom }).has('runs.create') ? role : 'none'

/** Issues and checks the platform's JSON Web Tokens. */
export type Tokens = {
  /** The public key that checks login tokens, as a JWK. */
  publicKey: Record<string, unknown>
  issueAccess: (person: TokenHolder) => Promise<string>
  /** Issues the token with which a running instance fetches assets. */
  issueInstanceToken: (instance: TokenInstance) => Promise<string>
  /**
   * Issues a token for a browser in which a person has signed in. The token signs nobody in. On this device, failed
   * attempts by others do not block the account.
   */
  issueDevice: (userId: string) => Promise<string>
  /** The content of a device's token. Null unless the platform issued it and it is still valid. */
  verifyDevice: (token: string) => Promise<{ id: string; userId: string } | null>
  /** The content of a token. Null unless the platform issued it and it is still valid. */
  verify: (token: string) => Promise<VerifiedToken | null>
}

async function readOrMakeKey(path: string): Promise<z.infer<typeof storedKey>> {
  const stored = await readJsonIfThere(path, storedKey)
  if (stored) return stored
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = await exportJWK(privateKey)
  const key = storedKey.parse({ ...jwk, kid: await calculateJwkThumbprint(jwk) })
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFileAtomically(path, `${JSON.stringify(key)}\n`, 0o600)
  return key
}

async function asCryptoKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, algorithm)
  if (key instanceof Uint8Array) throw new Error('the signing key is not one of a pair')
  return key
}

/**
 * Opens the P-256 key pair in a JWK file with mode 0600, and creates it at first use. Throws for a damaged file,
 * because a new key would end every session without notice. Tokens are JWTs (RFC 7519) signed with ES256 (RFC 7518).
 */
export async function openTokens(options: { keyFile: string; clock: Clock }): Promise<Tokens> {
  const { d, ...publicJwk } = await readOrMakeKey(options.keyFile)
  const privateKey = await asCryptoKey({ ...publicJwk, d })
  const publicKey = await asCryptoKey(publicJwk)
  const sign = (
    claims: Record<string, string | number>,
    subject: string,
    issuer: string,
    lifeSeconds: number,
  ) => {
    const now = Math.floor(options.clock().getTime() / 1000)
    return new SignJWT(claims)
      .setProtectedHeader({ alg: algorithm, kid: publicJwk.kid })
      .setSubject(subject)
      .setIssuer(issuer)
      .setIssuedAt(now)
      .setExpirationTime(now + lifeSeconds)
      .sign(privateKey)
  }
  /** The claims of a token of one of these issuers. Null unless it is valid now. */
  const claimsOf = async (token: string, issuers: string[]): Promise<JWTPayload | null> => {
    try {
      const { payload } = await jwtVerify(token, publicKey, {
        algorithms: [algorithm],
        issuer: issuers,
        requiredClaims: ['exp', 'iat', 'sub'],
        currentDate: options.clock(),
      })
      return payload
    } catch (error) {
      if (error instanceof errors.JOSEError) return null
      throw error
    }
  }
  return {
    publicKey: { ...publicJwk, alg: algorithm, use: 'sig' },
    issueAccess: ({ user, generation, sessionId }) =>
      sign(
        { name: user.username, role: gatewayRoleOf(user), sid: sessionId, gen: generation },
        user.id,
        tokenIssuer,
        accessTokenSeconds,
      ),
    issueInstanceToken: (instance) =>
      sign(
        { role: 'instance', service: instance.serviceId, made: instance.serviceMadeAt.getTime() },
        instance.instanceId,
        instanceIssuer,
        instanceTokenSeconds,
      ),
    issueDevice: (userId) => sign({ jti: randomUUID() }, userId, deviceIssuer, deviceTokenSeconds),
    async verifyDevice(token) {
      const { data: claims } = deviceClaims.safeParse(await claimsOf(token, [deviceIssuer]))
      return claims ? { id: claims.jti, userId: claims.sub } : null
    },
    async verify(token) {
      const payload = await claimsOf(token, [tokenIssuer, instanceIssuer])
      if (payload?.iss === tokenIssuer) {
        const { data: claims } = accessClaims.safeParse(payload)
        return claims ? { kind: 'login', claims } : null
      }
      const { data: claims } = instanceClaims.safeParse(payload)
      if (!claims) return null
      const { service: serviceId, sub: instanceId, made } = claims
      return { kind: 'instance', serviceId, instanceId, isOfServiceMadeAt: (time) => time.getTime() === made }
    },
  }
}
