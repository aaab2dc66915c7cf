import { expect, test } from 'vitest'
import { groupsIn, readGroupRoles, roleOfGroups, type GroupRoles } from './group-roles.ts'

const settings = (others: GroupRoles['others']): GroupRoles => ({
  claim: 'groups',
  others,
  roles: [
    { group: 'guests', role: 'viewer' },
    { group: 'leads', role: 'admin' },
    { group: 'team', role: 'user' },
  ],
})

test.each([
  [['team'], { group: 'team', role: 'user' }],
  // The order in the setting decides, not the order in the token and not the rights of a role.
  [['leads', 'guests'], { group: 'guests', role: 'viewer' }],
  [['team', 'leads'], { group: 'leads', role: 'admin' }],
  // Names of groups are compared as a whole and with their case.
  [['Team', 'teams'], 'refused'],
  [[], 'refused'],
])('groups %j give %j', (groups, decided) => {
  expect(roleOfGroups(settings('none'), groups)).toEqual(decided)
})

test('people in none of the groups keep their role or get one if the setting says so', () => {
  expect(roleOfGroups(settings('keep'), ['others'])).toBe('kept')
  expect(roleOfGroups(settings('viewer'), ['others'])).toEqual({ role: 'viewer', group: null })
})

test.each([
  [{ groups: ['a', 'b'] }, 'groups', ['a', 'b']],
  [{ groups: 'one group' }, 'groups', ['one group']],
  [{ groups: ['a', 1, null, { name: 'b' }] }, 'groups', ['a']],
  [{ groups: { a: true } }, 'groups', []],
  [{}, 'groups', []],
  [{ realm_access: { roles: ['a'] } }, 'realm_access.roles', ['a']],
  [{ 'https://team.example/groups': ['a'] }, 'https://team.example/groups', ['a']],
  [{ groups: ['a'] }, 'constructor.name', []],
])('the groups of %j at %s are %j', (claims, claim, groups) => {
  expect(groupsIn(claims, claim)).toEqual(groups)
})

test('a pair is split at its last equals sign, and spaces and empty pairs are ignored', () => {
  expect(readGroupRoles('cn=leads,dc=team=admin; /team/ml people = Reviewers ;')).toEqual([
    { group: 'cn=leads,dc=team', role: 'admin' },
    { group: '/team/ml people', role: 'Reviewers' },
  ])
  for (const wrong of ['team', 'team=', '=admin', ' ; ', 'team=admin;leads'])
    expect(readGroupRoles(wrong)).toBeNull()
})
