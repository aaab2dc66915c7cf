import type { GiteaProblem } from '@vitrine/contract'
import { createGiteaClient, type GiteaClient } from '../../adapters/gitea/gitea.client.ts'
import type { GiteaWaits } from '../../adapters/gitea/gitea-fetch.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { GiteaInUse } from './gitea.settings.ts'

/** The facts that a look at a Gitea server gives. */
export type GiteaFacts = {
  checkedAt: Date
  version: string | null
  username: string | null
  found: { code: GiteaProblem; values: Record<string, string> }[]
}

/** Older servers are used as far as they go. */
const oldestSupported = [1, 20] as const
/** Signed messages and the order of events need clocks that agree this well, in ms. */
const clockToleranceMs = 60_000

/** Whether a version such as `1.21.3` or `1.22.0+dev` is one that is supported. Pure. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split(/[.+-]/).map((part) => Number.parseInt(part, 10) || 0)
  const [oldMajor, oldMinor] = oldestSupported
  return major > oldMajor || (major === oldMajor && minor >= oldMinor)
}

/** The refusal of what was asked, or its answer. Anything but an error of the product is thrown. */
async function answerOf<T>(asked: Promise<T>): Promise<{ value: T } | { refusal: AppError }> {
  try {
    return { value: await asked }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { refusal: error }
  }
}

/** What a refusal says about a server and a token. Pure. */
function problemOf({ code, details }: AppError): GiteaProblem {
  if (code === 'gitea.token_refused') return details['status'] === 403 ? 'scope_missing' : 'token_refused'
  if (code === 'gitea.redirected') return 'redirected'
  return code === 'gitea.unreachable' ? 'unreachable' : 'not_gitea'
}

const problem = (code: GiteaProblem, values: Record<string, string> = {}) => ({ code, values })

/** What is wrong with the version or the clock of a server. Pure. */
function serverProblems(
  { version, date }: { version: string; date: string | null },
  now: Date,
): GiteaFacts['found'] {
  const theirs = date === null ? now.getTime() : Date.parse(date)
  const apart = Math.abs(theirs - now.getTime())
  return [
    ...(isSupported(version) ? [] : [problem('version_old', { version })]),
    ...(apart > clockToleranceMs
      ? [problem('clock_differs', { seconds: String(Math.round(apart / 1000)) })]
      : []),
  ]
}

/** What prevents that repositories are created for the owner. Nothing is created. */
async function creationProblems(
  client: GiteaClient,
  { owner, login }: { owner: string; login: string },
): Promise<GiteaFacts['found']> {
  const isOwn = login.toLowerCase() === owner.toLowerCase()
  const asked = await answerOf(client.creation({ owner, isOwn }))
  if ('refusal' in asked) return [problem(problemOf(asked.refusal))]
  if (asked.value.may) return []
  const { reason } = asked.value
  return [
    reason === null ? problem('owner_other', { owner, login }) : problem('cannot_create', { owner, reason }),
  ]
}

/** What is wrong with the owner of new repositories, or with the rights that reading and creating need. */
async function rightsProblems(
  client: GiteaClient,
  { owner, login }: { owner: string; login: string },
): Promise<GiteaFacts['found']> {
  const search = await answerOf(client.search({ q: '', page: 1, limit: 1, ownerId: null }))
  if ('refusal' in search) return [problem(problemOf(search.refusal))]
  const found = owner === '' ? null : await answerOf(client.owner(owner))
  if (found === null || ('refusal' in found && found.refusal.code === 'gitea.repository_not_found'))
    return [problem('owner_unknown', { owner })]
  return 'refusal' in found ? [problem(problemOf(found.refusal))] : creationProblems(client, { owner, login })
}

/**
 * Looks at a Gitea server: whether it answers, is Gitea, is new enough, agrees on the time, accepts the token with the rights that are
 * needed, knows the owner, and would create repositories for it.
 */
export async function checkGitea(
  settings: Pick<GiteaInUse, 'serverUrl' | 'token' | 'defaultOwner'>,
  { clock, waits }: { clock: Clock; waits: GiteaWaits },
): Promise<GiteaFacts> {
  const client = createGiteaClient(settings, waits)
  const nothing = { checkedAt: clock(), version: null, username: null }
  const server = await answerOf(client.version())
  if ('refusal' in server) {
    const { to } = server.refusal.details
    const values: Record<string, string> = typeof to === 'string' ? { to } : {}
    return { ...nothing, found: [problem(problemOf(server.refusal), values)] }
  }
  const { version } = server.value
  const found = serverProblems(server.value, clock())
  const user = await answerOf(client.user())
  if ('refusal' in user) return { ...nothing, version, found: [...found, problem(problemOf(user.refusal))] }
  const { login } = user.value
  const rights = await rightsProblems(client, { owner: settings.defaultOwner, login })
  return { ...nothing, version, username: login, found: [...found, ...rights] }
}
