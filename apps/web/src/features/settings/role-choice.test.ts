import { expect, test } from 'vitest'
import { roleBody } from './role-choice.ts'

test('a custom role is told by its id, and a built-in one takes its place away', () => {
  const id = '9f9c635d-62c5-4f34-b863-4172c7dddf22'
  expect(roleBody(id)).toEqual({ role: 'user', custom_role_id: id })
  expect(roleBody('viewer')).toEqual({ role: 'viewer', custom_role_id: null })
})
