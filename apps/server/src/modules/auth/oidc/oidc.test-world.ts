import { z } from 'zod'
import { openAccessApp } from '../../../../../../tests/support/access-app.ts'
import { openOidcIssuer } from '../../../../../../tests/support/oidc-issuer.ts'
import type { OidcSettings } from './oidc-provider.ts'

/** An application in which people sign in with an account of another server. */
export type OidcApp = Awaited<ReturnType<typeof openAccessApp>>

const started = z.object({ url: z.string(), proof: z.string() })

/** Begins a sign-in in a browser. Resolves with the address to open, and what the page and the browser keep. */
export async function begin(app: OidcApp) {
  const answer = await app.send('/auth/oidc/start', { method: 'POST' })
  const cookie = answer.cookies.find(({ name }) => name === 'vitrine_oidc')
  return { ...started.parse(answer.json()), cookie: cookie?.value }
}

/** Ends a sign-in with what the issuer has sent to the browser, and what the page and the browser have kept. */
export const finish = (
  app: OidcApp,
  query: string,
  { proof, cookie }: { proof: string; cookie: string | undefined },
  remoteAddress?: string,
) =>
  app.send('/auth/oidc/finish', {
    payload: { query, proof },
    ...(cookie !== undefined && { cookies: { vitrine_oidc: cookie } }),
    ...(remoteAddress !== undefined && { remoteAddress }),
  })

/** The status of an answer, with the code of its error. */
export const outcome = (answer: { statusCode: number; body: string }) => {
  const { data } = z.object({ error: z.object({ code: z.string() }) }).safeParse(JSON.parse(answer.body))
  return [answer.statusCode, data?.error.code ?? null]
}

/**
 * Starts an issuer, and opens applications in which people sign in with it. `open(null)` opens an application without
 * such a sign-in.
 */
export async function openOidcWorld() {
  const issuer = await openOidcIssuer()
  const opened: OidcApp[] = []
  return {
    issuer,
    async open(changes: Partial<OidcSettings> | null = {}): Promise<OidcApp> {
      const oidc: OidcSettings | null = changes && {
        issuer: issuer.url,
        clientId: issuer.clientId,
        clientSecret: issuer.clientSecret,
        name: 'Team',
        newPeople: 'none',
        linkByEmail: false,
        scope: 'openid email profile',
        groups: null,
        redirectUri: 'https://vitrine.example/sign-in/oidc',
        ...changes,
      }
      const app = await openAccessApp({ oidc })
      opened.push(app)
      return app
    },
    async signIn(app: OidcApp) {
      const asked = await begin(app)
      return finish(app, await issuer.letIn(asked.url), asked)
    },
    async close() {
      for (const app of opened) await app.close()
      await issuer.close()
    },
  }
}
