import { role as builtInRole, type Role, type User } from '@vitrine/contract'
import { operatorActor } from '../../../lib/actor.ts'
import { AppError } from '../../../lib/errors.ts'
import { refusedPrefix } from '../../audit/audit.chain.ts'
import { recordAudit, type AuditDeps } from '../../audit/audit.usecases.ts'
import type { CustomRolesRepository } from '../../users/custom-roles.repository.ts'
import { lastAdministrator } from '../../users/users.errors.ts'
import type { PersonNow } from '../../users/users.repository.ts'
import { changeUser, type UsersDeps } from '../../users/users.usecases.ts'
import { oidcNoGroup, oidcRoleMissing, sessionEnded } from '../auth.errors.ts'
import type { OidcPerson, OidcSettings } from './oidc-provider.ts'
import { roleOfGroups } from './group-roles.ts'

/** What is needed to give people the roles of their groups. */
export type GroupRolesDeps = AuditDeps &
  Omit<UsersDeps, 'customRoles'> & { customRoles: Pick<CustomRolesRepository, 'find' | 'named'> }

/** A role that a group gives, or that the setting gives to people in none of the groups. */
type Given = { kind: 'given'; name: string; role: Role; customRoleId: string | null; group: string | null }
/** What the groups of a person decide: a role, no change, or that they may not sign in. */
export type GroupVerdict = Given | { kind: 'kept' } | { kind: 'refused'; error: AppError }

/** Decides what the groups of a person mean for their role. Changes nothing. */
export async function judgeGroups(
  { customRoles }: Pick<GroupRolesDeps, 'customRoles'>,
  { groups: settings, name: server }: OidcSettings,
  { groups }: OidcPerson,
): Promise<GroupVerdict> {
  if (settings === null) return { kind: 'kept' }
  const decided = roleOfGroups(settings, groups)
  if (decided === 'kept') return { kind: 'kept' }
  if (decided === 'refused') return { kind: 'refused', error: oidcNoGroup({ name: server }) }
  const { role: name, group } = decided
  const { data: role } = builtInRole.safeParse(name)
  if (role !== undefined) return { kind: 'given', name, role, customRoleId: null, group }
  const custom = await customRoles.named(name)
  // The next group is not used instead, because it could give more rights than the intended one.
  if (!custom) return { kind: 'refused', error: oidcRoleMissing({ role: name }) }
  return { kind: 'given', name: custom.name, role: 'user', customRoleId: custom.id, group }
}

const roleName = ({ role, custom_role: custom }: User): string => custom?.name ?? role

/** Where a sign-in came from, for the audit log. */
export type SignInPlace = { address: string; requestId: string }

/** Records how a sign-in changed a role, or that the last administrator kept theirs. */
function record(
  deps: AuditDeps,
  { user, place, by, change }: RecordedRole & { change: { before: string | null; after: string } | null },
): Promise<void> {
  const values = {
    username: user.username,
    by: 'VITRINE_OIDC_ROLES',
    ...(by.kind === 'given' && by.group !== null && { group: by.group }),
    ...(change === null && { reason: lastAdministrator({ id: user.id }).code }),
  }
  return recordAudit(deps, {
    actor: operatorActor,
    action: change === null ? `${refusedPrefix}PATCH /users/{id}` : 'PATCH /users/{id}',
    target: user.id,
    details: {
      remote_address: place.address,
      fields: Object.keys(values),
      values,
      ...(change !== null && { changes: { role: change } }),
    },
    requestId: place.requestId,
  })
}
type RecordedRole = { user: User; place: SignInPlace; by: GroupVerdict }

/** Whether nobody could manage the platform without this person. */
const isLastAdministrator = async ({ users }: Pick<GroupRolesDeps, 'users'>, user: User): Promise<boolean> =>
  user.role === 'admin' && !user.disabled && (await users.otherAdministrators(user.id)) === 0

/**
 * Changes the role of a person, and resolves with the person after that. Null if they are the last administrator, who
 * keeps the role.
 */
async function withRole(deps: GroupRolesDeps, user: User, given: Given): Promise<PersonNow | null> {
  try {
    await changeUser(deps, {
      actor: operatorActor,
      id: user.id,
      role: given.role,
      ...(given.customRoleId !== null && { custom_role_id: given.customRoleId }),
    })
  } catch (error) {
    if (error instanceof AppError && error.code === 'user.last_administrator') return null
    throw error
  }
  const changed = await deps.users.person(user.id)
  if (!changed) throw sessionEnded({})
  return changed
}

/**
 * Gives a person who has just proven their identity the role that their groups decide, and records it. The last
 * administrator keeps the role and can sign in, whatever the groups say. Throws `oidc.no_group`, `oidc.role_missing`.
 */
export async function applyGroups(
  deps: GroupRolesDeps,
  input: { person: PersonNow; isNew: boolean; verdict: GroupVerdict; place: SignInPlace },
): Promise<PersonNow> {
  const { person, isNew, verdict, place } = input
  const { user } = person
  const about = { user, place, by: verdict }
  if (verdict.kind === 'kept') return person
  if (verdict.kind === 'refused') {
    if (!(await isLastAdministrator(deps, user))) throw verdict.error
    await record(deps, { ...about, change: null })
    return person
  }
  const isSame = user.role === verdict.role && (user.custom_role?.id ?? null) === verdict.customRoleId
  if (isSame && !isNew) return person
  const changed = isSame ? person : await withRole(deps, user, verdict)
  const before = isNew ? null : roleName(user)
  await record(deps, { ...about, change: changed && { before, after: verdict.name } })
  return changed ?? person
}
