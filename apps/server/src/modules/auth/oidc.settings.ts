import { z } from 'zod'
import type { OidcSettings } from './oidc-provider.ts'

/** Only to this machine may codes and secrets go in clear: nobody is between. */
const issuerForm = /^(https:\/\/|http:\/\/(127\.0\.0\.1|\[::1\]|localhost)[:/])[^\s@?#]+$/

/** The settings of the sign-in with an account of another server. */
export const oidcSettings = {
  VITRINE_OIDC_ISSUER: z.string().regex(issuerForm, 'expected https://…').optional(),
  VITRINE_OIDC_CLIENT_ID: z.string().min(1).optional(),
  VITRINE_OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  VITRINE_OIDC_NAME: z.string().min(1).optional(),
  VITRINE_OIDC_NEW_PEOPLE: z.enum(['none', 'viewer', 'user']).default('none'),
  VITRINE_OIDC_LINK_EMAIL: z.enum(['on', 'off']).default('off'),
}
type Settings = z.output<z.ZodObject<typeof oidcSettings>>

/** How people sign in with an account of another server; null if no server is set. `publicUrl` is where people are sent back to. */
export function oidcOf(settings: Settings, publicUrl: string): OidcSettings | null {
  const { VITRINE_OIDC_ISSUER: issuer, VITRINE_OIDC_CLIENT_ID: clientId } = settings
  if (issuer === undefined || clientId === undefined) return null
  return {
    issuer,
    clientId,
    clientSecret: settings.VITRINE_OIDC_CLIENT_SECRET ?? null,
    name: settings.VITRINE_OIDC_NAME ?? new URL(issuer).hostname,
    newPeople: settings.VITRINE_OIDC_NEW_PEOPLE,
    linkByEmail: settings.VITRINE_OIDC_LINK_EMAIL === 'on',
    redirectUri: `${publicUrl.replace(/\/$/, '')}/sign-in/oidc`,
  }
}
