import { permissions } from '@vitrine/contract'
import { expect, test } from 'vitest'
import en from '../../locales/en/settings.ts'
import zh from '../../locales/zh/settings.ts'
import { permissionWord } from './permission-words.ts'

test('every permission has words in both languages', () => {
  const wanted = permissions.map(permissionWord).toSorted()
  expect(Object.keys(zh.permission).toSorted()).toEqual(wanted)
  expect(Object.keys(en.permission).toSorted()).toEqual(wanted)
})
