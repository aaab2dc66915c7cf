import * as client from 'openid-client'
import { z } from 'zod'
import type { Clock } from '../../../lib/clock.ts'
import { boundedResponse } from '../../../lib/bounded-response.ts'
import { oidcRefused, oidcUnreachable } from '../auth.errors.ts'
import { groupsIn, type GroupRoles } from './group-roles.ts'

/** How people sign in with an account of another server. */
export type OidcSettings = {
  /** The address of the server, exactly as its own description gives it. */
  issuer: string
  clientId: string
  /** Null for a public client. */
  clientSecret: string | null
  /** The name of the server on the button of the sign-in page. */
  name: string
  /** The role of people who have no account here yet. With `none` they may not sign in. */
  newPeople: 'none' | 'viewer' | 'user'
  /** Whether a verified e-mail address opens the account whose name is that address. */
  linkByEmail: boolean
  /** The requested scopes, separated by spaces. Some servers name groups only if a scope asks for them. */
  scope: string
  /** Which roles the groups of that server give. Null if groups are ignored. */
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
  // PostgreSQL stores neither half of a surrogate pair nor U+0000, so such texts could make two people look like one.
  sub: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^\0\p{Cs}]+$/u),
  // Servers check addresses differently. A text without a host does not count as an address.
  email: z.email().optional().catch(undefined),
  email_verified: z.boolean().optional().catch(undefined),
  preferred_username: z.string().optional().catch(undefined),
})
/**
 * What the server says about a person. `email` is null unless the server has verified it. `groups` is empty unless
 * groups give roles.
 */
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
/** How long the server's description (its metadata and keys) is cached, in milliseconds. */
const keptMs = 3600_000
/**
 * How old a cached description must be, in milliseconds, before a refused answer makes the platform read it again. The
 * server may have new keys. It is not read again at once, because otherwise each made-up answer would cause a request.
 */
const keptAfterRefusalMs = 60_000
/** The longest answer that is read, in bytes. */
const mostBytes = 1024 ** 2

const boundedFetch: client.CustomFetch = async (url, { body, ...options }) => {
  const sent = body instanceof Uint8Array ? new Uint8Array(body) : (body ?? null)
  return boundedResponse(await fetch(url, { ...options, body: sent }), mostBytes)
}

/** Whether an error means that the server did not answer. If it answered with a refusal, this is false. */
const isSilent = (error: unknown): boolean =>
  error instanceof TypeError ||
  (error instanceof Error && ['TimeoutError', 'AbortError'].includes(error.name)) ||
  (error instanceof Error && error.cause !== undefined && isSilent(error.cause))

/**
 * Speaks OpenID Connect with one server: authorization code with PKCE, state and nonce. The description of the server
 * is read at the first sign-in, because the server may not answer when the platform starts. It is cached for an hour.
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
    /**
     * Begins a sign-in. Resolves with the address that the browser must open, and the values that must be kept until
     * the answer. Throws `oidc.unreachable`.
     */
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
