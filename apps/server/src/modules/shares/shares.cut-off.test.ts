import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formToCut } from '../../../../../tests/support/raw-request.ts'
import { assets } from '../assets/assets.tables.ts'
import { openSharesWorld } from './shares.test-world.ts'
import { shareVisitors } from './shares.tables.ts'

let world: Awaited<ReturnType<typeof openSharesWorld>>
beforeAll(async () => {
  world = await openSharesWorld()
  await world.addService('echo')
})
afterAll(() => world.close())

const form = formToCut('file', 'ten bytes.'.repeat(50))
const cuts = Object.entries(form.cuts).map(([place, at]) => ({ place, body: form.whole.slice(0, at) }))

test('a visitor’s form that ends too early is refused as incomplete, and leaves neither a file nor a visitor', async () => {
  const { token } = await world.link({ kind: 'stage', target_id: 'echo', may_run: true })
  for (const { place, body } of cuts) {
    const guest = world.visitor(token)
    const headers = { 'content-type': form.contentType }
    const answer = await guest.send('/assets', { method: 'POST', payload: Buffer.from(body), headers })
    expect([400, 422], place).toContain(answer.statusCode)
    expect(answer.json().error.code, place).toMatch(/^(upload\.interrupted|asset\.file_missing)$/)
    expect(guest.cookie(), place).toBeNull()
  }
  expect(await world.db.select().from(shareVisitors)).toEqual([])
  expect(await world.db.select().from(assets)).toEqual([])
  expect(await readdir(world.paths.uploads)).toEqual([])
})
