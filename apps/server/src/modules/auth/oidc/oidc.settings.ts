import { z } from 'zod'
import { formed, wantedForm } from '../../../lib/setting-forms.ts'
import type { OidcSettings } from './oidc-provider.ts'
import { groupless, readGroupRoles, type GroupRoles } from './group-roles.ts'

/** The settings of the sign-in with an account of another server. */
export const oidcSettings = {
  /** Without TLS, codes and secrets may be sent only to this machine, where nobody can read them on the way. */
  VITRINE_OIDC_ISSUER: formed('issuer').optional(),
  VITRINE_OIDC_CLIENT_ID: z.string().min(1).optional(),
  VITRINE_OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  VITRINE_OIDC_NAME: z.string().min(1).optional(),
  VITRINE_OIDC_NEW_PEOPLE: z.enum(['none', 'viewer', 'user']).default('none'),
  VITRINE_OIDC_LINK_EMAIL: z.enum(['on', 'off']).default('off'),
  VITRINE_OIDC_SCOPE: formed('openidScope').default('openid email profile'),
  VITRINE_OIDC_ROLES: z
    .string()
    .transform((text, context): GroupRoles['roles'] => {
      const roles = readGroupRoles(text)
      if (roles === null) context.addIssue(wantedForm('groupRole'))
      return roles ?? []
    })
    .optional(),
  VITRINE_OIDC_GROUPS_CLAIM: z.string().min(1).default('groups'),
  VITRINE_OIDC_NO_GROUP: z.enum(groupless).default('none'),
}
type Settings = z.output<z.ZodObject<typeof oidcSettings>>

/**
 * How people sign in with an account of another server. Null if no server is set. `publicUrl` is the address of the
 * platform to which people are sent back.
 */
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
    scope: settings.VITRINE_OIDC_SCOPE,
    groups: settings.VITRINE_OIDC_ROLES
      ? {
          claim: settings.VITRINE_OIDC_GROUPS_CLAIM,
          roles: settings.VITRINE_OIDC_ROLES,
          others: settings.VITRINE_OIDC_NO_GROUP,
        }
      : null,
    redirectUri: `${publicUrl.replace(/\/$/, '')}/sign-in/oidc`,
  }
}
