import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { hashPassword, passwordMatches } from './users.password-hash.ts'

/** Sends many passwords at once. `ended` tells how many have been checked. */
async function flood(asker: string) {
  const hash = await hashPassword('right', asker)
  let count = 0
  const all = Array.from({ length: 40 }, async () => {
    await passwordMatches(hash, 'right', asker)
    count += 1
  })
  return { ended: () => count, all: Promise.all(all) }
}
const few = 10

test('whoever sends very many passwords holds up neither the sign-in of others nor the reading of files', async () => {
  const { ended, all } = await flood('a network')
  expect(await passwordMatches(null, 'wrong', 'another network')).toBe(false)
  expect(ended()).toBeLessThan(few)
  await readFile(import.meta.filename)
  expect(ended()).toBeLessThan(few)
  await all
  expect(ended()).toBe(40)
})
