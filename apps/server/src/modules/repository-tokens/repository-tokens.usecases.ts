import { randomBytes } from 'node:crypto'
import { repositoryTokenPrefix, permissionsOf, type RepositoryToken } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import { useNotedEveryMs } from '../../lib/last-use.ts'
import type { OpenStreams } from '../../lib/open-streams.ts'
import { sha256 } from '../../lib/secrets.ts'
import { requireEndWithinKey, requireNoRate } from '../api-keys/api-keys.bounds.ts'
import { requireAlgorithm, requireOwner, type AlgorithmsDeps } from '../algorithms/algorithms.deps.ts'
import { tokenExpiryInPast, tokenNotFound, tokensTooMany } from './repository-tokens.errors.ts'
import type { RepositoryTokens, TokenRow } from './repository-tokens.repository.ts'

/** What tokens of repositories need. */
export type RepositoryTokensDeps = Pick<AlgorithmsDeps, 'algorithms'> & {
  tokens: RepositoryTokens
  clock: Clock
}

/** Characters of a token that are shown, so that people can distinguish their tokens. */
const shownCharacters = 8
const mostTokens = 50

const shown = (row: TokenRow, owner: string): RepositoryToken => ({
  id: row.id,
  name: row.name,
  prefix: row.prefix,
  may_write: row.mayWrite,
  created_by: owner,
  created_at: row.createdAt.toISOString(),
  expires_at: row.expiresAt?.toISOString() ?? null,
  last_used_at: row.lastUsedAt?.toISOString() ?? null,
})

async function requireOwn(deps: RepositoryTokensDeps, { actor, id }: { actor: Actor; id: string }) {
  requireOwner(actor, (await requireAlgorithm(deps, id)).row)
}

/** The tokens of an algorithm's repository. Throws `algorithm.not_found` and `algorithm.not_owner`. */
export async function listTokens(
  deps: RepositoryTokensDeps,
  input: { actor: Actor; id: string },
): Promise<RepositoryToken[]> {
  await requireOwn(deps, input)
  return (await deps.tokens.list(input.id)).map(({ row, owner }) => shown(row, owner))
}

/**
 * Creates a token: `vtr_` and 32 random bytes in base64url. Only this answer contains it. Throws `algorithm.not_owner`,
 * `git.tokens_too_many`, `git.token_expiry_in_past`, and for a key that ends or has a rate limit what {@link requireEndWithinKey} and
 * {@link requireNoRate} throw.
 */
export async function createToken(
  deps: RepositoryTokensDeps,
  input: { actor: Actor; id: string; name: string; mayWrite: boolean; expiresAt: string | null },
): Promise<RepositoryToken & { token: string }> {
  const { actor, id, name, mayWrite, expiresAt } = input
  // A token acts without grants, so that it never outlasts one: it would be refused from the first push on.
  await requireOwn(deps, { actor: { ...actor, grants: [] }, id })
  const now = deps.clock()
  if (expiresAt !== null && Date.parse(expiresAt) <= now.getTime())
    throw tokenExpiryInPast({ path: 'expires_at' })
  requireNoRate(actor)
  requireEndWithinKey(actor, expiresAt)
  const token = `${repositoryTokenPrefix}${randomBytes(32).toString('base64url')}`
  const wanted = {
    algorithmId: id,
    ownerId: actor.id,
    name,
    mayWrite,
    createdAt: now,
    prefix: token.slice(0, shownCharacters),
    sha256: sha256(token),
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
  }
  const row = await deps.tokens.insert(wanted, mostTokens)
  if (!row) throw tokensTooMany({ limit: mostTokens })
  return { ...shown(row, actor.name), token }
}

/** Revokes a token, and ends what is under way with it. Throws `algorithm.not_owner` and `git.token_not_found`. */
export async function revokeToken(
  deps: RepositoryTokensDeps & { streams: Pick<OpenStreams, 'endOf'> },
  input: { actor: Actor; id: string; tokenId: string },
): Promise<void> {
  await requireOwn(deps, input)
  if (!(await deps.tokens.remove(input.id, input.tokenId))) throw tokenNotFound({ token_id: input.tokenId })
  deps.streams.endOf(`key:${input.tokenId}`)
}

/**
 * The actor of a token: the person who made it, limited to one repository, and to reading if it may not push. Null for one that does not
 * exist, has expired, or whose owner is disabled.
 */
async function actorOfToken(
  deps: Omit<RepositoryTokensDeps, 'algorithms'>,
  token: string,
): Promise<Actor | null> {
  const found = await deps.tokens.find(sha256(token))
  const now = deps.clock()
  if (!found || found.owner.disabled) return null
  const { row, owner, custom } = found
  const held = permissionsOf({ role: owner.role, custom })
  if (row.expiresAt !== null && row.expiresAt <= now) return null
  await deps.tokens.noteUse(row.id, now, new Date(now.getTime() - useNotedEveryMs))
  const wanted = row.mayWrite
    ? (['algorithms.read', 'algorithms.write'] as const)
    : (['algorithms.read'] as const)
  return {
    kind: 'key',
    id: owner.id,
    name: owner.username,
    role: owner.role,
    permissions: new Set(wanted.filter((permission) => held.has(permission))),
    serviceIds: [row.algorithmId],
    key: { id: row.id, name: row.name },
  }
}

/** The password of a Basic credential, if it is a token of a repository; null otherwise. Pure. */
function tokenInBasic(header: string): string | null {
  const encoded = /^basic\s+([A-Za-z0-9+/=]+)\s*$/i.exec(header)?.[1]
  const decoded = Buffer.from(encoded ?? '', 'base64').toString('utf8')
  const [user = '', ...rest] = decoded.split(':')
  // `https://TOKEN@host/…` has it as the user name.
  return [rest.join(':'), user].find((part) => part.startsWith(repositoryTokenPrefix)) ?? null
}

/** What is needed to find the person of a credential of git. */
export type GitTokensDeps = Omit<RepositoryTokensDeps, 'algorithms'> & {
  /** The actor of any other Basic credential: an API key or login token as password. Null or a 401 error for an invalid one. */
  authenticateBasic: (header: string) => Promise<Actor | null>
}

/**
 * Finds whom a Basic credential of git names: a token of a repository, which is known here alone, or what also opens the API. Null or a 401
 * error for an invalid one.
 */
export function authenticateGit(deps: GitTokensDeps, header: string): Promise<Actor | null> {
  const token = tokenInBasic(header)
  return token === null ? deps.authenticateBasic(header) : actorOfToken(deps, token)
}
