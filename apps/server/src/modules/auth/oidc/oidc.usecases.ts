import { existingUsername, username as newUsername } from '@vitrine/contract'
import { clientNetwork } from '@vitrine/contract/client-network'
import { z } from 'zod'
import type { InTransaction } from '../../../adapters/database/database.ts'
import { AppError } from '../../../lib/errors.ts'
import { randomSecret, sha256 } from '../../../lib/secrets.ts'
import type { TextSealer } from '../../../lib/sealed-text.ts'
import { hashPassword } from '../../users/users.password-hash.ts'
import type { PersonNow, UsersRepository } from '../../users/users.repository.ts'
import { newPerson } from '../../users/users.usecases.ts'
import { accountDisabled, oidcExpired, oidcNotAdmitted, oidcOff, tooManyAttempts } from '../auth.errors.ts'
import type { AttemptSubject } from '../attempts/attempts.repository.ts'
import { countAttempt } from '../attempts/attempt-limit.ts'
import type { ExternalIdentitiesRepository } from './external-identities.repository.ts'
import type { SessionPlace } from '../sessions/sessions.repository.ts'
import { startSession, type SignedInSession } from '../sessions/sessions.usecases.ts'
import type { AuthDeps } from '../auth.deps.ts'
import { applyGroups, judgeGroups, type GroupRolesDeps, type GroupVerdict } from './apply-groups.ts'
import { oidcRequest, type OidcPerson, type OidcProvider } from './oidc-provider.ts'

/** The tables that link an account here to an identity of another server. */
type OidcRecords = { users: UsersRepository; externalIdentities: ExternalIdentitiesRepository }

/** What signing in with another server needs. `oidc` is null if no server is configured. */
export type OidcDeps = AuthDeps &
  GroupRolesDeps &
  OidcRecords & {
    oidc: OidcProvider | null
    inTransaction: InTransaction<OidcRecords>
    sealer: TextSealer
  }

/** How long a person may take to sign in at the other server, in seconds. */
export const oidcRequestSeconds = 600

/**
 * `proof` is what the page keeps that began the sign-in. The cookie alone would not do: a page of an algorithm at another port of this
 * host can set cookies here, so it could give a browser the state of its own sign-in, and have somebody signed in as somebody else.
 */
const kept = oidcRequest.extend({ at: z.number(), proof: z.string() })

/** The configured server. Throws `oidc.off` if there is none. */
function providerOf({ oidc }: Pick<OidcDeps, 'oidc'>): OidcProvider {
  if (!oidc) throw oidcOff({})
  return oidc
}

/**
 * Begins a sign-in. Resolves with the address to open, the proof that the page keeps, and the sealed state that the browser keeps.
 * Throws `oidc.off`, `oidc.unreachable`.
 */
export async function beginOidc(
  deps: Pick<OidcDeps, 'oidc' | 'sealer' | 'clock'>,
): Promise<{ url: string; proof: string; sealed: string }> {
  const { url, request } = await providerOf(deps).begin()
  const proof = randomSecret()
  const sealed = deps.sealer.seal(JSON.stringify({ ...request, at: deps.clock().getTime(), proof }))
  return { url, proof, sealed }
}

/**
 * The state that a browser has kept of its request. Throws `oidc.expired` if the platform did not seal it, it is too
 * old, or another page began it.
 */
function openedRequest(
  { sealer, clock }: Pick<OidcDeps, 'sealer' | 'clock'>,
  { sealed, proof }: { sealed: string | undefined; proof: string },
): z.infer<typeof kept> {
  let request: z.infer<typeof kept>
  try {
    request = kept.parse(JSON.parse(sealer.open(sealed ?? '')))
  } catch (error) {
    throw oidcExpired({}, error)
  }
  const isLate = clock().getTime() - request.at > oidcRequestSeconds * 1000
  if (isLate || request.proof !== proof) throw oidcExpired({})
  return request
}

/** The text as the name of a new account. Null if it cannot be one. */
const asUsername = (name: string | null): string | null => newUsername.safeParse(name).data ?? null

/** The account that is linked to this identity already. */
async function linkedAccount(
  { externalIdentities, users }: OidcRecords,
  { issuer, subject }: OidcPerson,
): Promise<PersonNow | null> {
  const knownId = await externalIdentities.userIdOf(issuer, subject)
  return knownId === null ? null : users.person(knownId)
}

/**
 * The account that a verified address opens, if the setting allows it. Only the first identity of the server with the address gets
 * the account, because an address may later belong to another person. Identities of a former server open nothing, so they do not
 * count: after a move of the server to another address, everybody would be refused.
 */
async function accountByEmail(
  { users, externalIdentities }: OidcRecords,
  { linkByEmail }: OidcProvider['settings'],
  { email, issuer }: OidcPerson,
): Promise<PersonNow | null> {
  // The address is not normalised, so an address that only looks similar opens nothing.
  const { data: username } = existingUsername.safeParse(email)
  if (!linkByEmail || username === undefined) return null
  await externalIdentities.lock('address', username.toLowerCase())
  const found = await users.credentials({ username })
  return found && !(await externalIdentities.isLinked(found.user.id, issuer)) ? found : null
}

/** The role of a new person. Throws `oidc.not_admitted`, or the error with which their groups refuse them. */
function firstRole(verdict: GroupVerdict, { newPeople, name: server }: OidcProvider['settings']) {
  if (verdict.kind === 'refused') throw verdict.error
  if (verdict.kind === 'given') return { role: verdict.role, customRoleId: verdict.customRoleId }
  if (newPeople === 'none') throw oidcNotAdmitted({ name: server })
  return { role: newPeople }
}

/** Makes the account of a new person. Throws `user.name_taken`. */
async function admitted(
  { users }: Pick<OidcRecords, 'users'>,
  role: ReturnType<typeof firstRole>,
  { issuer, subject, email, name, passwordHash }: OidcPerson & { passwordHash: string },
): Promise<PersonNow> {
  // A name with `@` is used only if it is a verified address, because an address with that name could open the account
  // later.
  const named = name?.includes('@') ? null : name
  const username =
    asUsername(email) ?? asUsername(named) ?? `oidc-${sha256(`${issuer} ${subject}`).slice(0, 12)}`
  return newPerson(await users.create({ username, passwordHash, ...role }))
}

/**
 * The account here of a person who has signed in at the other server, and whether it is new. A new account is made and
 * linked in one transaction, so that two tabs of a new person get the same account, and no account is left without an
 * identity.
 */
async function accountOf(
  deps: OidcDeps,
  person: OidcPerson,
  verdict: GroupVerdict,
): Promise<{ person: PersonNow; isNew: boolean }> {
  const known = await linkedAccount(deps, person)
  if (known) return { person: known, isNew: false }
  const { settings } = providerOf(deps)
  // The hash of a random password that nobody knows. It is made before the transaction because it takes long.
  const passwordHash = await hashPassword(randomSecret(), `${person.issuer} ${person.subject}`)
  return deps.inTransaction(async (records) => {
    const { issuer, subject } = person
    await records.externalIdentities.lock(issuer, subject)
    const linked = await linkedAccount(records, person)
    if (linked) return { person: linked, isNew: false }
    const byEmail = await accountByEmail(records, settings, person)
    const found =
      byEmail ?? (await admitted(records, firstRole(verdict, settings), { ...person, passwordHash }))
    await records.externalIdentities.link({ issuer, subject, userId: found.user.id })
    return { person: found, isNew: byEmail === null }
  })
}

/**
 * The person whom an answer proves. If the server does not answer, nobody has guessed anything, so the attempt is taken
 * back.
 */
async function proven(
  { attempts }: Pick<AuthDeps, 'attempts'>,
  subject: AttemptSubject,
  ask: () => Promise<OidcPerson>,
): Promise<OidcPerson> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof AppError && error.code === 'oidc.unreachable') await attempts.refund(subject)
    throw error
  }
}

/**
 * Signs a person in with the answer of the server. Throws `oidc.off`, `oidc.expired`, `oidc.refused`, `oidc.unreachable`,
 * `oidc.not_admitted`, `oidc.no_group`, `oidc.role_missing`, `user.name_taken`, `auth.disabled`, `auth.too_many_attempts`.
 */
export async function finishOidc(
  deps: OidcDeps,
  input: {
    query: string
    sealed: string | undefined
    proof: string
    place: SessionPlace
    address: string
    requestId: string
  },
): Promise<SignedInSession> {
  const provider = providerOf(deps)
  // This count is separate from that of passwords, which must keep working while the other server does not answer.
  const subject = { kind: 'oidc', value: clientNetwork(input.address) } as const
  await countAttempt(deps, [subject], tooManyAttempts)
  const request = openedRequest(deps, input)
  const proved = await proven(deps, subject, () => provider.finish(input.query, request))
  const verdict = await judgeGroups(deps, provider.settings, proved)
  const account = await accountOf(deps, proved, verdict)
  if (account.person.user.disabled) throw accountDisabled({})
  const person = await applyGroups(deps, { ...account, verdict, place: input })
  await deps.attempts.refund(subject)
  return startSession(deps, { person, place: input.place })
}
