import { z } from 'zod'
import { formOf } from '../../../lib/setting-forms.ts'

/** What becomes of people in none of the groups: they may not sign in, keep the role that they have, or get one. */
export const groupless = ['none', 'keep', 'viewer', 'user'] as const

/** Which roles the groups of the other server give. */
export type GroupRoles = {
  /** The claim of the ID token that names the groups. */
  claim: string
  /** In the order in which they count: the first group that somebody is in decides. */
  roles: readonly { group: string; role: string }[]
  others: (typeof groupless)[number]
}

/** The name of a role that somebody gets, and the group that gives it, if one does; or that they keep theirs, or may not sign in. */
export type RoleDecision = { role: string; group: string | null } | 'kept' | 'refused'

const whole = z.union([z.string().transform((one) => [one]), z.array(z.unknown())])
const object = z.record(z.string(), z.unknown())

/** A claim by its name, which may be an address and contain dots, or else by the path to it. */
function claimIn(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  return name.split('.').reduce<unknown>((value, part) => {
    const { data } = object.safeParse(value)
    return data !== undefined && Object.hasOwn(data, part) ? data[part] : undefined
  }, claims)
}

/** The groups that a token names: a list, or one text, which is one group. Pure. */
export function groupsIn(claims: Readonly<Record<string, unknown>>, claim: string): string[] {
  const listed = whole.safeParse(claimIn(claims, claim)).data ?? []
  return listed.flatMap((each) => (typeof each === 'string' ? [each] : []))
}

/** The role that somebody in these groups has from now on. Pure. */
export function roleOfGroups({ roles, others }: GroupRoles, groups: readonly string[]): RoleDecision {
  const first = roles.find(({ group }) => groups.includes(group))
  if (first) return first
  if (others === 'none') return 'refused'
  return others === 'keep' ? 'kept' : { role: others, group: null }
}

const entry = formOf('groupRole')

/**
 * Reads `group=role; group=role`. The last `=` of an entry counts, because groups of a directory contain some. Null if it has another
 * form. Pure.
 */
export function readGroupRoles(text: string): GroupRoles['roles'] | null {
  const entries = text.split(';').filter((each) => each.trim() !== '')
  const roles = entries.flatMap((each) => {
    const [, group, role] = entry.exec(each) ?? []
    return group === undefined || role === undefined ? [] : [{ group, role }]
  })
  return roles.length === entries.length && roles.length > 0 ? roles : null
}
