import { rolePermissions, type Role } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { features, shownNav } from './feature.ts'

const groupsFor = (role: Role) => shownNav(features, (permission) => rolePermissions[role].has(permission))

test('a viewer sees the entries that show algorithms first, and no entries for building or managing', () => {
  const groups = groupsFor('viewer')
  expect(groups.map(({ name }) => name)).toEqual(['show', 'operate'])
  expect(groups[0]?.items.map(({ path }) => path)).toEqual(['/', '/compare', '/library', '/start'])
})

test('an administrator finds every page in one group', () => {
  const paths = groupsFor('admin').flatMap(({ items }) => items.map(({ path }) => path))
  expect(paths).toHaveLength(features.filter(({ nav }) => nav !== undefined).length)
  expect(new Set(paths).size).toBe(paths.length)
})

test('no two entries of the menu have the same icon', () => {
  const icons = features.flatMap(({ nav }) => nav?.icon ?? [])
  expect(new Set(icons).size).toBe(icons.length)
})
