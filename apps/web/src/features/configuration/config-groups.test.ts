import { configKeys } from '@vitrine/contract/config-keys'
import { expect, test } from 'vitest'
import en from '../../locales/en/configuration.ts'
import zh from '../../locales/zh/configuration.ts'

/** Preferences of a person are on the page of the account, not among the values of the platform. */
const isOfPeople = (key: string) => key.startsWith('ui.')
const groups = new Set(
  Object.keys(configKeys).flatMap((key) => (isOfPeople(key) ? [] : key.split('.').slice(0, 1))),
)

test.each([
  ['zh', zh],
  ['en', en],
])('every group of values has a title in %s', (_language, { group }) => {
  expect([...groups].filter((name) => !Object.hasOwn(group, name))).toEqual([])
})
