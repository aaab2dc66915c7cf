import { expect, test } from 'vitest'
import { SettingsError } from '../config.ts'
import { platformOf } from '../lib/account-block.ts'
import { pickBlock, type Numbers } from './register.ts'

const block = (first: number, size = 1_000) => ({ first, size })
const machine: Numbers = {
  entries: [],
  check: () => null,
  candidates: [block(20_000), block(21_000), block(22_000)],
  living: [],
  isTaken: () => false,
  owner: 0,
  noted: null,
}

test('a data folder keeps its numbers, whatever is free besides', () => {
  const entries = [{ dataFolder: '/a', ...block(25_000) }]
  expect(pickBlock('/a', null, { ...machine, entries })).toEqual(block(25_000))
})

test('a new one gets numbers that no other folder, no process and no account of the machine has', () => {
  const entries = [{ dataFolder: '/b', ...block(20_500) }]
  const living = [22_999]
  const candidates = [...machine.candidates, block(23_000), block(24_000), block(25_000)]
  const check = ({ first }: { first: number }) => (first === 23_000 ? 'anna (/etc/passwd)' : null)
  const isTaken = ({ first }: { first: number }) => first === 24_000
  expect(pickBlock('/a', null, { ...machine, entries, living, candidates, check, isTaken })).toEqual(
    block(25_000),
  )
})

test('there may be none', () => {
  expect(pickBlock('/a', null, { ...machine, check: () => 'used' })).toBeNull()
})

test('numbers of the setting come first, and are refused if another folder has one of them', () => {
  const entries = [
    { dataFolder: '/a', ...block(25_000) },
    { dataFolder: '/b', ...block(30_000) },
  ]
  expect(pickBlock('/a', block(26_000), { ...machine, entries })).toEqual(block(26_000))
  expect(() => pickBlock('/a', block(30_999), { ...machine, entries })).toThrow(SettingsError)
})

test('a folder of a platform does not get other numbers: that would hide whose it was', () => {
  const entries = [{ dataFolder: '/a', ...block(25_000) }]
  const owned = { ...machine, entries, owner: platformOf(block(25_000)) }
  expect(pickBlock('/a', null, owned)).toEqual(block(25_000))
  expect(() => pickBlock('/a', block(26_000), owned)).toThrow('numbers 25000-25999')
  const check = ({ first }: { first: number }) => (first === 25_000 ? 'anna (/etc/passwd)' : null)
  expect(() => pickBlock('/a', null, { ...owned, check })).toThrow(SettingsError)
  expect(() => pickBlock('/moved', null, owned)).toThrow(
    /belongs to the platform of \/a .*stop that platform and rename or move its folder/,
  )
})

test('a folder of a platform of another machine brings its numbers, if nothing here has them', () => {
  const brought = block(1_900_120_000, 10_000)
  const owner = platformOf(brought)
  expect(pickBlock('/restored', null, { ...machine, owner })).toEqual(brought)
  expect(() => pickBlock('/restored', block(26_000), { ...machine, owner })).toThrow(
    'a platform of another machine with the numbers 1900120000-1900129999',
  )
  const entries = [{ dataFolder: '/b', ...block(1_900_125_000) }]
  expect(() => pickBlock('/restored', null, { ...machine, entries, owner })).toThrow(SettingsError)
  // A number that no platform chooses, and one of a person here, are nobody's.
  expect(pickBlock('/a', null, { ...machine, owner: owner + 1 })).toEqual(block(20_000))
  const check = ({ first, size }: { first: number; size: number }) =>
    first <= 20_099 && 20_099 < first + size ? 'anna (/etc/passwd)' : null
  expect(pickBlock('/a', null, { ...machine, check, owner: 20_099 })).toEqual(block(21_000))
})

test('a folder that was root’s keeps the numbers with which root ran it, so its services keep their files', () => {
  const noted = block(30_000)
  expect(pickBlock('/a', null, { ...machine, noted })).toEqual(noted)
  const entries = [{ dataFolder: '/b', ...block(30_500) }]
  expect(pickBlock('/a', null, { ...machine, noted, entries })).toEqual(block(20_000))
})
