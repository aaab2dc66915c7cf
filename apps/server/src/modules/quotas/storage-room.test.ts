import { expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { platformActor, type Actor } from '../../lib/actor.ts'
import { defaultQuotas } from './quotas.ts'
import { createStorageRoom, type Taken } from './storage-room.ts'

const quotas = defaultQuotas()
quotas.person = { ...quotas.person, storedBytes: 100, uploads: 3 }
const person = testActor('user')
const world = (taken: Taken = { bytes: 0, uploads: 0 }) =>
  createStorageRoom({ quotas, taken: async () => () => taken })

test('what is stored, announced and arriving together must fit', async () => {
  const room = world({ bytes: 40, uploads: 0 })
  const first = await room.forUpload(person, 50)
  await expect(room.forUpload(person, 20)).rejects.toMatchObject({ code: 'quota.storage', status: 413 })
  first.leave()
  await room.forUpload(person, 20)
})

test('of simultaneous uploads, as many are taken as fit', async () => {
  const room = world()
  const asked = await Promise.allSettled([60, 60, 30].map((bytes) => room.forUpload(person, bytes)))
  expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('unfinished uploads count, those that this process receives included', async () => {
  const room = world({ bytes: 0, uploads: 2 })
  const first = await room.forUpload(person, 1)
  await expect(room.forUpload(person, 1)).rejects.toMatchObject({ code: 'quota.uploads', status: 429 })
  first.leave()
  first.leave()
  const second = await room.forUpload(person, 1)
  await expect(room.forUpload(person, 1)).rejects.toMatchObject({ code: 'quota.uploads' })
  second.leave()
})

test('an upload of unknown length takes room as it arrives, and is refused where that ends', async () => {
  const room = world({ bytes: 90, uploads: 0 })
  const upload = await room.forUpload(person, 0)
  upload.grow(10)
  expect(() => upload.grow(1)).toThrow(expect.objectContaining({ code: 'quota.storage' }))
})

test('people do not take each other’s room, nor does a visitor that of the link’s maker', async () => {
  const room = world()
  await room.forUpload(person, 100)
  const visitor: Actor = { ...testActor('viewer', 'v'), kind: 'visitor', linksOf: person.id }
  await room.forUpload(visitor, 100)
  await room.forUpload(testActor('user', 'another'), 100)
  // Another visitor of the same person’s links has no room of their own.
  await expect(room.forUpload({ ...visitor, id: 'w' }, 1)).rejects.toMatchObject({ code: 'quota.storage' })
  await room.forUpload(platformActor, 1_000)
})
