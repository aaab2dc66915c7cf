import { z } from 'zod'
import { formOf } from '../../../lib/setting-forms.ts'

/**
 * What the setting says of people in none of the groups: they may not sign in (`none`), they keep their role (`keep`),
 * or they get this role.
 */
export const groupless = ['none', 'keep', 'viewer', 'user'] as const

/** Which roles the groups of the other server give. */
export type GroupRoles = {
  /** The claim of the ID token that names the groups. */
  claim: string
  /** In order of importance: the first group to which a person belongs decides. */
  roles: readonly { group: string; role: string }[]
  others: (typeof groupless)[number]
}

/**
 * The role that a person gets, with the group that gives it (null if no group does); or that they keep their role, or
 * may not sign in.
 */
export type RoleDecision = { role: string; group: string | null } | 'kept' | 'refused'

const whole = z.union([z.string().transform((one) => [one]), z.array(z.unknown())])
const object = z.record(z.string(), z.unknown())

/**
 * The value of a claim. `name` is its name, which may be a URL with dots; if there is no such claim, `name` is a path
 * whose parts are separated by dots.
 */
function claimIn(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  return name.split('.').reduce<unknown>((value, part) => {
    const { data } = object.safeParse(value)
    return data !== undefined && Object.hasOwn(data, part) ? data[part] : undefined
  }, claims)
}

/** The groups that a token names. The claim is a list, or a text with one group. Pure. */
export function groupsIn(claims: Readonly<Record<string, unknown>>, claim: string): string[] {
  const listed = whole.safeParse(claimIn(claims, claim)).data ?? []
  return listed.flatMap((each) => (typeof each === 'string' ? [each] : []))
}

/** The role that a person in these groups gets. Pure. */
export function roleOfGroups({ roles, others }: GroupRoles, groups: readonly string[]): RoleDecision {
  const first = roles.find(({ group }) => groups.includes(group))
  if (first) return first
  if (others === 'none') return 'refused'
  return others === 'keep' ? 'kept' : { role: others, group: null }
}

const entry = formOf('groupRole')

/**
 * Reads `group=role; group=role`. An entry is split at its last `=`, because names of groups in a directory may contain
 * `=`. Null if the text has another form. Pure.
 */
export function readGroupRoles(text: string): GroupRoles['roles'] | null {
  const entries = text.split(';').filter((each) => each.trim() !== '')
  const roles = entries.flatMap((each) => {
    const [, group, role] = entry.exec(each) ?? []
    return group === undefined || role === undefined ? [] : [{ group, role }]
  })
  return roles.length === entries.length && roles.length > 0 ? roles : null
}
