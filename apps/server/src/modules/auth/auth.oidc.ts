import { existingUsername, username as newUsername } from '@vitrine/contract'
import { z } from 'zod'
import { randomSecret, sha256 } from '../../lib/secrets.ts'
import type { TextSealer } from '../../lib/sealed-text.ts'
import { hashPassword } from '../users/users.password-hash.ts'
import type { PersonNow } from '../users/users.repository.ts'
import { newPerson } from '../users/users.usecases.ts'
import { accountDisabled, oidcExpired, oidcNotAdmitted, oidcOff, tooManyAttempts } from './auth.errors.ts'
import { countAttempt } from './auth.guessing.ts'
import type { ExternalIdentitiesRepository } from './auth.oidc.repository.ts'
import type { SessionPlace } from './auth.sessions.repository.ts'
import { startSession, type SignedInSession } from './auth.sessions.usecases.ts'
import type { AuthDeps } from './auth.deps.ts'
import { networkOf } from './failed-attempts.ts'
import { oidcRequest, type OidcPerson, type OidcProvider } from './oidc-provider.ts'

/** What signing in with another server needs. `oidc` is null where nobody has set one up. */
export type OidcDeps = AuthDeps & {
  oidc: OidcProvider | null
  identitiesElsewhere: ExternalIdentitiesRepository
  sealer: TextSealer
}

/** How long somebody may take to sign in there, in seconds. */
export const oidcRequestSeconds = 600

const kept = oidcRequest.extend({ at: z.number() })

/** Throws `oidc.off`. */
function providerOf({ oidc }: Pick<OidcDeps, 'oidc'>): OidcProvider {
  if (!oidc) throw oidcOff({})
  return oidc
}

/** Begins a sign-in: the address to open, and what the browser keeps, sealed. Throws `oidc.off`, `oidc.unreachable`. */
export async function beginOidc(
  deps: Pick<OidcDeps, 'oidc' | 'sealer' | 'clock'>,
): Promise<{ url: string; sealed: string }> {
  const { url, request } = await providerOf(deps).begin()
  return { url, sealed: deps.sealer.seal(JSON.stringify({ ...request, at: deps.clock().getTime() })) }
}

/** What a browser has kept of its request. Throws `oidc.expired` if it is none of ours, or too old. */
function openedRequest(
  { sealer, clock }: Pick<OidcDeps, 'sealer' | 'clock'>,
  sealed: string | undefined,
): z.infer<typeof kept> {
  let request: z.infer<typeof kept>
  try {
    request = kept.parse(JSON.parse(sealer.open(sealed ?? '')))
  } catch (error) {
    throw oidcExpired({}, error)
  }
  if (clock().getTime() - request.at > oidcRequestSeconds * 1000) throw oidcExpired({})
  return request
}

/** The name that an account made for this one would have; null if it can have none. */
const asUsername = (name: string | null): string | null => newUsername.safeParse(name).data ?? null

/** The account that a verified address opens, if the administrator wants that. */
async function linkedByEmail(deps: OidcDeps, { email }: OidcPerson): Promise<PersonNow | null> {
  // As it is, and not normalised: another address that looks like it opens nothing.
  const { data: username } = existingUsername.safeParse(email)
  if (!providerOf(deps).settings.linkByEmail || username === undefined) return null
  return deps.users.credentials({ username })
}

/** Makes the account of somebody new. Its password is known to nobody. Throws `oidc.not_admitted`, `user.name_taken`. */
async function admitted(deps: OidcDeps, { issuer, subject, email, name }: OidcPerson): Promise<PersonNow> {
  const { newPeople, name: server } = providerOf(deps).settings
  if (newPeople === 'none') throw oidcNotAdmitted({ name: server })
  const username =
    asUsername(email) ?? asUsername(name) ?? `oidc-${sha256(`${issuer} ${subject}`).slice(0, 12)}`
  const passwordHash = await hashPassword(randomSecret())
  return newPerson(await deps.users.create({ username, passwordHash, role: newPeople }))
}

/** The account here of somebody who has signed in there. */
async function accountOf(deps: OidcDeps, person: OidcPerson): Promise<PersonNow> {
  const { issuer, subject } = person
  const knownId = await deps.identitiesElsewhere.userIdOf(issuer, subject)
  const known = knownId && (await deps.users.person(knownId))
  if (known) return known
  const found = (await linkedByEmail(deps, person)) ?? (await admitted(deps, person))
  const ownerId = await deps.identitiesElsewhere.link({ issuer, subject, userId: found.user.id })
  // Another request of the same person may have been first.
  return ownerId === found.user.id ? found : ((await deps.users.person(ownerId)) ?? found)
}

/**
 * Signs a person in with the answer of the server. Throws `oidc.off`, `oidc.expired`, `oidc.refused`, `oidc.unreachable`,
 * `oidc.not_admitted`, `user.name_taken`, `auth.disabled`, `auth.too_many_attempts`.
 */
export async function finishOidc(
  deps: OidcDeps,
  input: { query: string; sealed: string | undefined; place: SessionPlace; address: string },
): Promise<SignedInSession> {
  const provider = providerOf(deps)
  const subject = { kind: 'address', value: networkOf(input.address) } as const
  await countAttempt(deps, [subject], tooManyAttempts)
  const { at: _at, ...request } = openedRequest(deps, input.sealed)
  const person = await accountOf(deps, await provider.finish(input.query, request))
  if (person.user.disabled) throw accountDisabled({})
  await deps.attempts.refund(subject)
  return startSession(deps, { person, place: input.place })
}
