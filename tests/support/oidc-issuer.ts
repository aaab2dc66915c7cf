import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { portOf } from '../../apps/server/src/adapters/gateway/gateway.test-upstream.ts'

/** What the issuer says of whoever signs in. */
type Person = {
  sub: string
  email?: string
  email_verified?: boolean
  preferred_username?: string
  [claim: string]: unknown
}
type Asked = { challenge: string; nonce: string; redirectUri: string; person: Person }

const clientId = 'vitrine'
const clientSecret = 'the secret of the client'

/**
 * A small OpenID Connect issuer on loopback: it lets everybody in as `person`, without asking. It checks what a real one checks: the client,
 * its secret, the redirect address and PKCE, and takes each code once.
 */
export async function openOidcIssuer() {
  const keys = await generateKeyPair('RS256')
  const others = await generateKeyPair('RS256')
  const published = async ({ publicKey }: typeof keys) => ({
    ...(await exportJWK(publicKey)),
    kid: 'k1',
    alg: 'RS256',
    use: 'sig',
  })
  const [jwk, otherJwk] = [await published(keys), await published(others)]
  const codes = new Map<string, Asked>()
  const issuer = {
    url: '',
    clientId,
    clientSecret,
    person: { sub: 'p1', email: 'lin@example.com', email_verified: true } as Person,
    /** What is wrong with the next tokens. */
    claims: {} as Record<string, unknown>,
    signsWithOtherKey: false,
    signsNothing: false,
    /** The path of its page, and whether its keys are others by now. */
    path: '/authorize',
    hasOtherKey: false,
    /** Requests for tokens that it refused. */
    refused: 0,
    /** Lets a person in at an address that the platform made. Resolves with the query that the browser brings back. */
    async letIn(address: string): Promise<string> {
      const answer = await fetch(address, { redirect: 'manual' })
      if (answer.status !== 302) throw new Error(`the issuer answers ${answer.status}`)
      return new URL(answer.headers.get('location') ?? '').search
    },
    close: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
  const json = (res: ServerResponse, status: number, body: object) =>
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

  function authorize(url: URL, res: ServerResponse): void {
    const of = (name: string) => url.searchParams.get(name) ?? ''
    const isRight =
      of('client_id') === clientId && of('response_type') === 'code' && of('code_challenge_method') === 'S256'
    if (!isRight) return void json(res, 400, { error: 'invalid_request' })
    const code = randomUUID()
    const redirectUri = of('redirect_uri')
    codes.set(code, {
      challenge: of('code_challenge'),
      nonce: of('nonce'),
      redirectUri,
      person: issuer.person,
    })
    const back = new URL(redirectUri)
    back.search = new URLSearchParams({ code, state: of('state'), iss: issuer.url }).toString()
    res.writeHead(302, { location: back.href }).end()
  }

  async function token(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(req))
    const [, basic = ''] = /^Basic (.+)$/.exec(req.headers.authorization ?? '') ?? []
    const [, secret = ''] = Buffer.from(basic, 'base64').toString().split(':')
    const given = form.get('client_secret') ?? decodeURIComponent(secret.replaceAll('+', ' '))
    const code = form.get('code') ?? ''
    const asked = codes.get(code)
    codes.delete(code)
    const proof = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const isRight =
      given === clientSecret && proof === asked?.challenge && form.get('redirect_uri') === asked.redirectUri
    if (!asked || !isRight) {
      issuer.refused += 1
      return void json(res, 400, { error: 'invalid_grant' })
    }
    const now = Math.floor(Date.now() / 1000)
    const all = { iss: issuer.url, aud: clientId, iat: now, exp: now + 300, nonce: asked.nonce }
    const said = { ...all, ...asked.person, ...issuer.claims }
    const signed = new SignJWT(said)
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .sign((issuer.signsWithOtherKey || issuer.hasOtherKey ? others : keys).privateKey)
    const idToken = issuer.signsNothing ? new UnsecuredJWT(said).encode() : await signed
    json(res, 200, { access_token: randomUUID(), token_type: 'Bearer', expires_in: 300, id_token: idToken })
  }

  const server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', issuer.url)
    if (url.pathname === issuer.path) authorize(url, res)
    else if (url.pathname === '/token') void token(req, res)
    else if (url.pathname === '/jwks') json(res, 200, { keys: [issuer.hasOtherKey ? otherJwk : jwk] })
    else if (url.pathname === '/.well-known/openid-configuration')
      json(res, 200, {
        issuer: issuer.url,
        authorization_endpoint: issuer.url + issuer.path,
        token_endpoint: `${issuer.url}/token`,
        jwks_uri: `${issuer.url}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        authorization_response_iss_parameter_supported: true,
      })
    else json(res, 404, {})
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  issuer.url = `http://127.0.0.1:${portOf(server)}`
  return issuer
}
