import type { GiteaSettings } from '@vitrine/contract'
import type { TextSealer } from '../../lib/sealed-text.ts'
import type { StoredGiteaConfig } from './gitea.configs.repository.ts'

/** The settings that count. `serverUrl` has no slash at its end. */
export type GiteaInUse = {
  serverUrl: string
  token: string
  defaultOwner: string
  repoPrefix: string
  sources: GiteaSettings['sources']
}

/** The settings of the environment. */
export type GiteaEnvironment = {
  GITEA_SERVER_URL?: string | undefined
  GITEA_ACCESS_TOKEN?: string | undefined
  GITEA_DEFAULT_OWNER?: string | undefined
  GITEA_REPO_PREFIX?: string | undefined
}

/** An address without a slash at its end. */
export const withoutSlash = (url: string): string => url.replace(/(?<!\/)\/+$/, '')

/**
 * A saved token. One that was sealed with the key of another data folder cannot be opened; then the token counts as missing,
 * and Gitea's refusal asks people to enter one.
 */
export function openedToken(sealer: TextSealer, sealed: string): string {
  try {
    return sealer.open(sealed)
  } catch {
    return ''
  }
}

/**
 * Lays the environment over what is saved. The address and the token come from one place: a saved address never gets the token of
 * the environment. Null if there is no server. Pure.
 */
export function giteaInUse(
  env: GiteaEnvironment,
  saved: StoredGiteaConfig | null,
  sealer: TextSealer,
): GiteaInUse | null {
  const { GITEA_SERVER_URL: url, GITEA_ACCESS_TOKEN: token } = env
  const server =
    url !== undefined && token !== undefined
      ? { serverUrl: withoutSlash(url), token, source: 'environment' as const }
      : saved && {
          serverUrl: saved.serverUrl,
          token: openedToken(sealer, saved.accessToken),
          source: 'database' as const,
        }
  if (!server) return null
  const { source, ...place } = server
  const { GITEA_DEFAULT_OWNER: owner, GITEA_REPO_PREFIX: prefix } = env
  return {
    ...place,
    defaultOwner: owner ?? saved?.defaultOwner ?? '',
    repoPrefix: prefix ?? saved?.repoPrefix ?? '',
    sources: {
      server_url: source,
      default_owner: owner === undefined ? 'database' : 'environment',
      repo_prefix: prefix === undefined ? 'database' : 'environment',
    },
  }
}

/** Settings as they are shown: of the token, only its end. */
export const shownSettings = (settings: GiteaInUse): GiteaSettings => ({
  server_url: settings.serverUrl,
  access_token: `••••${settings.token.slice(-4)}`,
  default_owner: settings.defaultOwner,
  repo_prefix: settings.repoPrefix,
  sources: settings.sources,
})
