import type { GiteaCheck, GiteaSettings, Language, ListQuery } from '@vitrine/contract'
import { createGiteaClient, type GiteaClient } from '../../adapters/gitea/gitea.client.ts'
import type { GiteaWaits } from '../../adapters/gitea/gitea-fetch.ts'
import type { Actor } from '../../lib/actor.ts'
import { requireForEverybody } from '../../lib/require-access.ts'
import type { Clock } from '../../lib/clock.ts'
import type { TextSealer } from '../../lib/sealed-text.ts'
import type { CodePlaces } from '../algorithms/code-places.repository.ts'
import { checkGitea, type GiteaFacts } from './gitea.check.ts'
import type { GiteaConfigs } from './gitea.configs.repository.ts'
import {
  giteaInUseByAlgorithms,
  giteaNotConfigured,
  giteaSetByEnvironment,
  giteaTestFailed,
} from './gitea.errors.ts'
import {
  giteaInUse,
  openedToken,
  shownSettings,
  withoutSlash,
  type GiteaEnvironment,
  type GiteaInUse,
} from './gitea.settings.ts'
import { isUsable, shownCheck } from './gitea.words.ts'

/** What the settings of the Gitea server need. */
export type GiteaDeps = {
  places: CodePlaces
  configs: GiteaConfigs
  env: GiteaEnvironment
  sealer: TextSealer
  clock: Clock
  /** How long it may take to answer. */
  waits: GiteaWaits
  /** How the server answered last, and to which settings; null before the first look. */
  seen: { last: { serverUrl: string; facts: GiteaFacts } | null }
}

/** The settings that count; null if there is no server. */
export const currentGitea = async ({ env, configs, sealer }: GiteaDeps): Promise<GiteaInUse | null> =>
  giteaInUse(env, await configs.active(), sealer)

/** The settings that count, and the server. Throws `gitea.not_configured`. */
export async function requireGitea(deps: GiteaDeps): Promise<{ settings: GiteaInUse; client: GiteaClient }> {
  const settings = await currentGitea(deps)
  if (!settings) throw giteaNotConfigured({})
  return { settings, client: createGiteaClient(settings, deps.waits) }
}

async function look(
  { clock, seen, waits }: GiteaDeps,
  settings: Pick<GiteaInUse, 'serverUrl' | 'token' | 'defaultOwner'>,
): Promise<GiteaFacts> {
  const facts = await checkGitea(settings, { clock, waits })
  seen.last = { serverUrl: settings.serverUrl, facts }
  return facts
}

/** Tests the settings that count. Throws `gitea.not_configured`. */
export async function testGitea(deps: GiteaDeps, language: Language): Promise<GiteaCheck> {
  const { settings } = await requireGitea(deps)
  return shownCheck(await look(deps, settings), language)
}

/** Looks at the server if there is one, so that its state is known before anybody asks. The environment may have changed it. */
export async function lookAtGitea(deps: GiteaDeps): Promise<void> {
  const settings = await currentGitea(deps)
  if (!settings) return
  await deps.places.atServer(settings.serverUrl)
  await look(deps, settings)
}

/** The settings that count, and how the server answered last. */
export async function showGitea(
  deps: GiteaDeps,
  language: Language,
): Promise<{ config: GiteaSettings | null; check: GiteaCheck | null }> {
  const settings = await currentGitea(deps)
  const last = deps.seen.last?.serverUrl === settings?.serverUrl ? deps.seen.last : null
  return {
    config: settings && shownSettings(settings),
    check: last && shownCheck(last.facts, language),
  }
}

/** What is saved. Without `access_token`, the saved one of the same server is kept. */
export type GiteaChange = {
  server_url: string
  access_token?: string | undefined
  default_owner: string
  repo_prefix: string
}

/** The token for a change: a saved one belongs to its server, and is never sent to another. */
async function tokenFor({ configs, sealer }: GiteaDeps, change: GiteaChange): Promise<string> {
  if (change.access_token !== undefined) return change.access_token
  const saved = await configs.active()
  return saved?.serverUrl === withoutSlash(change.server_url) ? openedToken(sealer, saved.accessToken) : ''
}

/**
 * Tests settings and saves them. Only administrators do this: code from the server runs as everybody's services, and the token opens
 * all repositories of the default owner to everybody. Throws `auth.administrators_only`, `gitea.set_by_environment`, or
 * `gitea.test_failed`, with which nothing is saved.
 */
export async function saveGitea(
  deps: GiteaDeps,
  { actor, change, language }: { actor: Actor; change: GiteaChange; language: Language },
): Promise<{ config: GiteaSettings; check: GiteaCheck }> {
  requireForEverybody(actor)
  if (deps.env.GITEA_SERVER_URL !== undefined) throw giteaSetByEnvironment({})
  const serverUrl = withoutSlash(change.server_url)
  const token = await tokenFor(deps, change)
  const facts = await checkGitea({ serverUrl, token, defaultOwner: change.default_owner }, deps)
  const check = shownCheck(facts, language)
  if (!isUsable(facts)) throw giteaTestFailed({ findings: check.findings })
  const now = deps.clock()
  await deps.configs.save({
    serverUrl,
    accessToken: deps.sealer.seal(token),
    defaultOwner: change.default_owner,
    repoPrefix: change.repo_prefix,
    createdBy: actor.name,
    createdAt: now,
    updatedAt: now,
  })
  deps.seen.last = { serverUrl, facts }
  await deps.places.atServer(serverUrl)
  const { settings } = await requireGitea(deps)
  return { config: shownSettings(settings), check }
}

/**
 * Forgets the settings, which only administrators do. Throws `auth.administrators_only`, `gitea.in_use` while algorithms have their
 * code there, and `gitea.set_by_environment`.
 */
export async function forgetGitea(deps: GiteaDeps, actor: Actor): Promise<void> {
  requireForEverybody(actor)
  if (deps.env.GITEA_SERVER_URL !== undefined) throw giteaSetByEnvironment({})
  const algorithms = await deps.places.countInGitea()
  if (algorithms > 0) throw giteaInUseByAlgorithms({ algorithms })
  await deps.configs.deactivate(deps.clock())
}

/** Earlier settings, newest first, without their tokens. */
export async function giteaHistory(deps: GiteaDeps, query: ListQuery) {
  const { items, total } = await deps.configs.history(query)
  return {
    total,
    items: items.map((row) => ({
      id: row.id,
      server_url: row.serverUrl,
      default_owner: row.defaultOwner,
      repo_prefix: row.repoPrefix,
      is_active: row.status === 'active',
      created_by: row.createdBy,
      created_at: row.createdAt.toISOString(),
    })),
  }
}
