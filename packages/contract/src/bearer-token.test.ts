import { expect, test } from 'vitest'
import { bearerToken } from './bearer-token.ts'

test.each([
  ['one space', 'Bearer vtk_a', 'vtk_a'],
  ['several spaces', 'Bearer   vtk_a', 'vtk_a'],
  ['a scheme in small letters', 'bearer vtk_a', 'vtk_a'],
  ['a scheme in capitals', 'BEARER vtk_a', 'vtk_a'],
  ['all characters of token68', 'Bearer aZ09-._~+/==', 'aZ09-._~+/=='],
  ['blanks at the end', 'Bearer vtk_a \t', 'vtk_a'],
])('with %s the token is found', (_what, header, token) => {
  expect(bearerToken(header)).toBe(token)
})

test.each([
  ['the scheme alone', 'Bearer'],
  ['spaces alone', 'Bearer   '],
  ['a tab alone', 'Bearer\t'],
  ['a tab in place of the space', 'Bearer\tvtk_a'],
  ['a tab after the space', 'Bearer \tvtk_a'],
  ['two words', 'Bearer vtk_a x'],
  ['two credentials', 'Bearer vtk_a, Basic eDp5'],
])('with %s there is not exactly one token', (_what, header) => {
  expect(bearerToken(header)).toBe('')
})

test.each([
  ['no header', undefined],
  ['an empty header', ''],
  ['Basic', 'Basic eDp5'],
  ['a longer scheme', 'Bearerish vtk_a'],
  ['a token without a scheme', 'vtk_a'],
])('with %s there is no bearer credential', (_what, header) => {
  expect(bearerToken(header)).toBeUndefined()
})
