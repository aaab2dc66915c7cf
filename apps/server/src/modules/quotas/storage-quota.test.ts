import { expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { platformActor, type Actor } from '../../lib/actor.ts'
import { defaultQuotas } from './quotas.ts'
import { createStorageQuota, type Taken } from './storage-quota.ts'

const quotas = defaultQuotas()
quotas.person = { ...quotas.person, storedBytes: 100, uploads: 3 }
const person = testActor('user')
const world = (taken: Taken = { bytes: 0, uploads: 0 }) =>
  createStorageQuota({ quotas, taken: async () => () => taken })

test('what is stored, announced and arriving together must fit', async () => {
  const quota = world({ bytes: 40, uploads: 0 })
  const first = await quota.forUpload(person, 50)
  await expect(quota.forUpload(person, 20)).rejects.toMatchObject({ code: 'quota.storage', status: 413 })
  first.giveBack()
  await quota.forUpload(person, 20)
})

test('packages count as uploads while they are received, whatever else is stored', async () => {
  const quota = world({ bytes: 101, uploads: 1 })
  const [first] = [await quota.forPackage(person), await quota.forPackage(person)]
  await expect(quota.forPackage(person)).rejects.toMatchObject({ code: 'quota.uploads', status: 429 })
  first()
  first()
  await quota.forPackage(person)
  await expect(quota.forPackage(person)).rejects.toMatchObject({ code: 'quota.uploads' })
  await quota.forPackage(platformActor)
})

test('there is room for what is made of media until more is stored than somebody may have', async () => {
  await world({ bytes: 100, uploads: 9 }).requireRoom(person)
  const full = world({ bytes: 101, uploads: 0 })
  await expect(full.requireRoom(person)).rejects.toMatchObject({
    code: 'quota.storage',
    details: { limit_bytes: 100, used_bytes: 101 },
  })
  await full.requireRoom(platformActor)
})

test('of simultaneous uploads, as many are taken as fit', async () => {
  const quota = world()
  const asked = await Promise.allSettled([60, 60, 30].map((bytes) => quota.forUpload(person, bytes)))
  expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('unfinished uploads count, those that this process receives included', async () => {
  const quota = world({ bytes: 0, uploads: 2 })
  const first = await quota.forUpload(person, 1)
  await expect(quota.forUpload(person, 1)).rejects.toMatchObject({ code: 'quota.uploads', status: 429 })
  first.giveBack()
  first.giveBack()
  const second = await quota.forUpload(person, 1)
  await expect(quota.forUpload(person, 1)).rejects.toMatchObject({ code: 'quota.uploads' })
  second.giveBack()
})

test('an upload of unknown length takes room as it arrives, and is refused where that ends', async () => {
  const quota = world({ bytes: 90, uploads: 0 })
  const upload = await quota.forUpload(person, 0)
  upload.grow(10)
  expect(() => upload.grow(1)).toThrow(expect.objectContaining({ code: 'quota.storage' }))
})

test('uploads of unknown length that end one after the other do not each take the whole room', async () => {
  const taken = { bytes: 0, uploads: 0 }
  const quota = createStorageQuota({ quotas, taken: async () => () => ({ ...taken }) })
  const [first, second, third] = await Promise.all([0, 0, 0].map(() => quota.forUpload(person, 0)))
  first?.grow(60)
  taken.bytes = 60
  first?.settle()
  expect(() => second?.grow(41)).toThrow(
    expect.objectContaining({ code: 'quota.storage', details: { limit_bytes: 100, used_bytes: 60 } }),
  )
  second?.grow(40)
  second?.giveBack()
  // What was given back was not stored: there is room for it.
  third?.grow(40)
  expect(() => third?.grow(1)).toThrow(expect.objectContaining({ code: 'quota.storage' }))
})

test('what is stored while the store is read for another upload is counted once', async () => {
  const taken = { bytes: 0, uploads: 0 }
  let whileReading = () => {}
  const quota = createStorageQuota({
    quotas,
    async taken() {
      const { bytes } = taken
      whileReading()
      return () => ({ bytes, uploads: 0 })
    },
  })
  const first = await quota.forUpload(person, 60)
  whileReading = () => {
    taken.bytes = 60
    first.settle()
  }
  const second = await quota.forUpload(person, 40)
  expect(() => second.grow(1)).toThrow(expect.objectContaining({ code: 'quota.storage' }))
})

test('people do not take each other’s room, nor does a visitor that of the link’s maker', async () => {
  const quota = world()
  await quota.forUpload(person, 100)
  const visitor: Actor = { ...testActor('viewer', 'v'), kind: 'visitor', linksOf: person.id }
  await quota.forUpload(visitor, 100)
  await quota.forUpload(testActor('user', 'another'), 100)
  // Another visitor of the same person’s links has no room of their own.
  await expect(quota.forUpload({ ...visitor, id: 'w' }, 1)).rejects.toMatchObject({ code: 'quota.storage' })
  await quota.forUpload(platformActor, 1_000)
})
