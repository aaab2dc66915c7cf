import * as client from 'openid-client'
import { z } from 'zod'
import type { Clock } from '../../../lib/clock.ts'
import { boundedResponse } from '../../../lib/bounded-response.ts'
import { oidcRefused, oidcUnreachable } from '../auth.errors.ts'
import { groupsIn, type GroupRoles } from './group-roles.ts'

/** How people sign in with an account of another server. */
export type OidcSettings = {
  /** Its address, as it names itself. */
  issuer: string
  clientId: string
  /** Null for a public client. */
  clientSecret: string | null
  /** What the button for it says. */
  name: string
  /** The role of people who have no account here yet; `none`: they may not sign in. */
  newPeople: 'none' | 'viewer' | 'user'
  /** Whether a verified e-mail address that is the name of an account here opens that account. */
  linkByEmail: boolean
  /** What is asked for, as words with spaces between; some servers name groups only if asked. */
  scope: string
  /** Which roles the groups of that server give; null: groups mean nothing. */
  groups: GroupRoles | null
  /** The page to which the server sends people back. */
  redirectUri: string
}

/** What ties an answer of the server to the browser that asked. */
export const oidcRequest = z.object({ state: z.string(), nonce: z.string(), verifier: z.string() })
/** What ties an answer of the server to the browser that asked. */
type OidcRequest = z.infer<typeof oidcRequest>

const claims = z.object({
  iss: z.string(),
  // Half of a surrogate pair, or U+0000, would not be stored as it is, and two people would be one.
  sub: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^\0\p{Cs}]+$/u),
  // Servers differ in how they check it, so a name without a host is none.
  email: z.email().optional().catch(undefined),
  email_verified: z.boolean().optional().catch(undefined),
  preferred_username: z.string().optional().catch(undefined),
})
/** What the server says of a person. `email` only if it has verified it; `groups` only where they mean something. */
export type OidcPerson = {
  issuer: string
  subject: string
  email: string | null
  name: string | null
  groups: string[]
}

/** The server with which people sign in. */
export type OidcProvider = ReturnType<typeof createOidcProvider>

const timeoutS = 10
/** How long the server's description of itself is kept, in milliseconds. */
const keptMs = 3600_000
/**
 * How old a description is before an answer that it refuses makes it be read again: the server may have other keys. Not at once, because
 * whoever sends made-up answers would have the platform ask each time.
 */
const keptAfterRefusalMs = 60_000
/** Longest answer that is read. */
const mostBytes = 1024 ** 2

const boundedFetch: client.CustomFetch = async (url, { body, ...options }) => {
  const sent = body instanceof Uint8Array ? new Uint8Array(body) : (body ?? null)
  return boundedResponse(await fetch(url, { ...options, body: sent }), mostBytes)
}

/** Whether the server did not answer, as opposed to refusing. */
const isSilent = (error: unknown): boolean =>
  error instanceof TypeError ||
  (error instanceof Error && ['TimeoutError', 'AbortError'].includes(error.name)) ||
  (error instanceof Error && error.cause !== undefined && isSilent(error.cause))

/**
 * Speaks OpenID Connect with one server: authorization code with PKCE, state and nonce. Its description is read at the first sign-in,
 * because it may be away when the platform starts, and kept for an hour.
 */
export function createOidcProvider(settings: OidcSettings, clock: Clock) {
  const { issuer, clientId, clientSecret, redirectUri } = settings
  const isPlain = new URL(issuer).protocol === 'http:'
  let known: { description: Promise<client.Configuration>; at: number } | null = null

  const discover = () =>
    client.discovery(
      new URL(issuer),
      clientId,
      clientSecret ?? undefined,
      clientSecret === null ? client.None() : undefined,
      {
        timeout: timeoutS,
        [client.customFetch]: boundedFetch,
        // The signature is checked too, although the token comes from the server itself.
        execute: [client.enableNonRepudiationChecks, ...(isPlain ? [client.allowInsecureRequests] : [])],
      },
    )
  const isOlder = (ms: number): boolean => known !== null && clock().getTime() - known.at >= ms
  const configuration = async (): Promise<client.Configuration> => {
    if (known === null || isOlder(keptMs)) known = { description: discover(), at: clock().getTime() }
    const asked = known
    try {
      return await asked.description
    } catch (error) {
      if (known === asked) known = null
      throw oidcUnreachable({ name: settings.name }, error)
    }
  }

  return {
    settings,
    /** The address to open, and what must be kept of it. Throws `oidc.unreachable`. */
    async begin(): Promise<{ url: string; request: OidcRequest }> {
      const server = await configuration()
      const request = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      }
      const url = client.buildAuthorizationUrl(server, {
        redirect_uri: redirectUri,
        scope: settings.scope,
        state: request.state,
        nonce: request.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(request.verifier),
        code_challenge_method: 'S256',
      })
      return { url: url.href, request }
    },
    /** The person whom an answer proves. Throws `oidc.refused`, `oidc.unreachable`. */
    async finish(query: string, request: OidcRequest): Promise<OidcPerson> {
      const server = await configuration()
      const answered = new URL(redirectUri)
      answered.search = query
      try {
        const tokens = await client.authorizationCodeGrant(server, answered, {
          pkceCodeVerifier: request.verifier,
          expectedState: request.state,
          expectedNonce: request.nonce,
          idTokenExpected: true,
        })
        const all = tokens.claims()
        const said = claims.parse(all)
        return {
          issuer: said.iss,
          subject: said.sub,
          email: said.email_verified === true ? (said.email ?? null) : null,
          name: said.preferred_username ?? null,
          groups: settings.groups ? groupsIn({ ...all }, settings.groups.claim) : [],
        }
      } catch (error) {
        if (isSilent(error)) throw oidcUnreachable({ name: settings.name }, error)
        if (isOlder(keptAfterRefusalMs)) known = null
        throw oidcRefused({ name: settings.name }, error)
      }
    },
  }
}
