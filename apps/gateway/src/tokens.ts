import { role } from '@vitrine/contract'
import type { GatewayTable } from '@vitrine/contract'
import { errors, importJWK, jwtVerify } from 'jose'
import { z } from 'zod'

/** `sub` goes into a header, so it must not contain a line end. Revocations name `sub`, `sid` and `gen`. */
const plain = z.string().regex(/^[\x21-\x7e]{1,200}$/)
const claims = z.object({ sub: plain, sid: plain, role: z.string(), gen: z.number(), exp: z.number() })
const cacheSize = 10_000
const longestToken = 4_096
/**
 * The only algorithm (RFC 7518) that the platform signs with. The algorithm in a token's header is not used.
 */
const algorithm = 'ES256'

/** The content of a verified login token. `expiresMs` is in milliseconds since 1970. */
export type Login = {
  readonly kind: 'login'
  /** `user:<id>` */
  readonly caller: string
  /** `session:<id>` */
  readonly session: string
  /** The number of changes that the account had when the token was issued. */
  readonly generation: number
  /** Whether the role may run services. */
  readonly mayRun: boolean
  readonly expiresMs: number
}
type Key = Awaited<ReturnType<typeof importJWK>>

/**
 * Checks login tokens (JWT, ES256) with the platform's public key. A valid token is remembered until it
 * expires, so its signature is verified once.
 */
export class LoginTokens {
  readonly #key: Key
  readonly #issuer: string
  #verified = new Map<string, Login>()

  private constructor(key: Key, issuer: string) {
    this.#key = key
    this.#issuer = issuer
  }

  /** Imports the table's public key; rejects if it is not a key for ES256. */
  static async from(jwt: GatewayTable['jwt']): Promise<LoginTokens> {
    return new LoginTokens(await importJWK(jwt.public_key, algorithm), jwt.issuer)
  }

  /** Returns the content of a token that was verified before. Undefined if it must be verified. */
  known(token: string, nowMs: number): Login | undefined {
    const verified = this.#verified.get(token)
    if (!verified) return undefined
    if (verified.expiresMs > nowMs) return verified
    this.#verified.delete(token)
    return undefined
  }

  /**
   * Verifies a token and returns its content. Null if it is not ours, malformed or expired. The login may still be
   * revoked.
   */
  async verify(token: string): Promise<Login | null> {
    if (token.length > longestToken) return null
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        issuer: this.#issuer,
        algorithms: [algorithm],
      })
      const { data } = claims.safeParse(payload)
      if (!data) return null
      const { sub, sid, gen, exp } = data
      return this.#remember(token, {
        kind: 'login',
        caller: `user:${sub}`,
        session: `session:${sid}`,
        generation: gen,
        mayRun: role.safeParse(data.role).success,
        expiresMs: exp * 1000,
      })
    } catch (error) {
      if (error instanceof errors.JOSEError) return null
      throw error
    }
  }

  #remember(token: string, login: Login): Login {
    if (this.#verified.size >= cacheSize) {
      const oldest = this.#verified.keys().next()
      if (!oldest.done) this.#verified.delete(oldest.value)
    }
    this.#verified.set(token, login)
    return login
  }
}
