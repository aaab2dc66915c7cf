import { role } from '@vitrine/contract'
import type { GatewayTable } from '@vitrine/contract'
import { errors, importJWK, jwtVerify } from 'jose'
import { z } from 'zod'

/** `sub` goes into a header, so it must not contain a line end. */
const claims = z.object({ sub: z.string().regex(/^[\x21-\x7e]{1,200}$/), role, exp: z.number() })
const cacheSize = 10_000
const longestToken = 4_096
/**
 * The only algorithm (RFC 7518) that the platform signs with. The algorithm in a token's header is not used.
 */
const algorithm = 'ES256'

type Verified = { caller: string; expiresMs: number }
type Key = Awaited<ReturnType<typeof importJWK>>

/**
 * Checks login tokens (JWT, ES256) with the platform's public key. A valid token is remembered until it
 * expires, so its signature is verified once.
 */
export class LoginTokens {
  readonly #key: Key
  readonly #issuer: string
  #verified = new Map<string, Verified>()

  private constructor(key: Key, issuer: string) {
    this.#key = key
    this.#issuer = issuer
  }

  /** Imports the table's public key; rejects if it is not a key for ES256. */
  static async from(jwt: GatewayTable['jwt']): Promise<LoginTokens> {
    return new LoginTokens(await importJWK(jwt.public_key, algorithm), jwt.issuer)
  }

  /**
   * Returns the caller (`user:<id>`) of a token that was verified before; undefined if it must be verified.
   */
  known(token: string, nowMs: number): string | undefined {
    const verified = this.#verified.get(token)
    if (!verified) return undefined
    if (verified.expiresMs > nowMs) return verified.caller
    this.#verified.delete(token)
    return undefined
  }

  /** Returns the caller of a token; null if it is not ours, malformed or expired. */
  async verify(token: string): Promise<string | null> {
    if (token.length > longestToken) return null
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        issuer: this.#issuer,
        algorithms: [algorithm],
      })
      const parsed = claims.safeParse(payload)
      if (!parsed.success) return null
      return this.#remember(token, { caller: `user:${parsed.data.sub}`, expiresMs: parsed.data.exp * 1000 })
    } catch (error) {
      if (error instanceof errors.JOSEError) return null
      throw error
    }
  }

  #remember(token: string, verified: Verified): string {
    if (this.#verified.size >= cacheSize) {
      const oldest = this.#verified.keys().next()
      if (!oldest.done) this.#verified.delete(oldest.value)
    }
    this.#verified.set(token, verified)
    return verified.caller
  }
}
