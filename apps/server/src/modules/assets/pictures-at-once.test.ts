import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { asset, pageOf, type Asset } from '@vitrine/contract'
import type { MediaTools } from '../../adapters/media-tools/media-tools.ts'
import { onePixel } from '../../../../../tests/support/one-pixel.ts'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { platformActor, type Actor } from '../../lib/actor.ts'
import type { Sender } from './assets.deps.ts'
import { processInputOf, processTask } from './assets.process.task.ts'
import { openWorld, type World } from './assets.test-world.ts'
import { uploadAsset } from './keep-asset.ts'

const patience = { timeout: patienceMs }
const unused = async () => {
  throw new Error('a picture needs nothing of this')
}

let world: World
/** How many pictures are being made while their senders wait. They go on when the test says so. */
let making = 0
let open = () => {}
beforeEach(async () => {
  making = 0
  const opened = new Promise<void>((resolve) => (open = resolve))
  const tools: MediaTools = {
    async inFolder(work) {
      const folder = await mkdtemp(join(tmpdir(), 'vitrine-test-pictures-'))
      return work(folder).finally(() => rm(folder, { recursive: true }))
    },
    async picture({ target }) {
      making++
      await opened
      await writeFile(target, onePixel)
    },
    probe: unused,
    transcode: unused,
    poster: unused,
    waveform: unused,
  }
  world = await openWorld({ tools })
})
afterEach(async () => {
  open()
  await world.close()
})

/** A file that says it is a picture of 4,000 × 3,000 pixels; each number gives another one. */
function largePicture(number: number): Uint8Array<ArrayBuffer> {
  const picture = Buffer.concat([onePixel, Buffer.from([number])])
  picture.writeUInt32BE(4_000, 16)
  picture.writeUInt32BE(3_000, 20)
  return new Uint8Array(picture)
}

/** Sends pictures at the same time. The answers are in the list as they come. */
function send(people: readonly string[]) {
  const answered: Asset[] = []
  const all = people.map(async (role, number) => {
    answered.push(asset.parse((await world.upload(`${number}.png`, largePicture(number), role)).json()))
  })
  return { answered, all: Promise.all(all) }
}

/** The type of the thumbnail: the picture itself is PNG. */
const thumbOf = async ({ id }: Asset) =>
  (await world.get(`/${id}/content?variant=thumb`, 'admin')).headers['content-type']

test('of the pictures that many people send at once, two are made at a time, and one of each person', async () => {
  const { answered, all } = send(['user', 'user', 'user', 'neighbour', 'neighbour', 'admin', 'admin'])
  await expect.poll(() => making + world.deps.pictureTurns.waiting(), patience).toBe(7)
  expect([making, answered]).toEqual([2, []])
  open()
  await all
  for (const each of answered) expect([each.task_id, await thumbOf(each)]).toEqual([null, 'image/jpeg'])
})

test('all visitors of one person’s links have the turns of one person, also where a task makes the forms', async () => {
  const linksOf = testActor('admin').id
  const visitor = (number: number): Actor => ({
    ...testActor('viewer', `00000000-0000-4000-8000-00000000000${number}`),
    kind: 'visitor',
    linksOf,
  })
  const sendAs = (actor: Actor, number: number) => {
    const content = Readable.from([Buffer.from(largePicture(number))])
    return uploadAsset(world.deps, { actor, name: `${number}.png`, content })
  }
  const sent = [sendAs(visitor(1), 1), sendAs(visitor(2), 2)]
  await expect.poll(() => world.deps.pictureTurns.waiting(), patience).toBe(1)
  expect(making).toBe(1)
  sent.push(sendAs(testActor('user'), 3))
  await expect.poll(() => making, patience).toBe(2)
  open()
  const [kept] = await Promise.all(sent)
  const task = processTask(world.deps)
  const placeOf = (sender: Sender) =>
    task.personOf?.(task.input.parse(processInputOf({ id: kept?.id ?? '' }, sender)))
  expect([placeOf(visitor(1)), placeOf(visitor(2))]).toEqual(Array(2).fill(`links of ${linksOf}`))
  const ofPackage = { ...platformActor, placeOf: 'the owner of a package' }
  expect([placeOf(testActor('user')), placeOf(ofPackage)]).toEqual([null, 'the owner of a package'])
})

test('if many wait already, the task makes further ones, so that nobody waits for long', async () => {
  const { answered, all } = send(Array.from({ length: 12 }, () => 'user'))
  await expect.poll(() => answered.length, patience).toBe(3)
  expect(answered.map(({ task_id: task }) => task === null)).toEqual([false, false, false])
  open()
  await all
  for (const each of answered) expect(await thumbOf(await world.settled(each))).toBe('image/jpeg')
})

test('a picture that is deleted while it waits for its turn is not found', async () => {
  const first = world.upload('first.png', largePicture(1), 'user')
  await expect.poll(() => making, patience).toBe(1)
  const second = world.upload('second.png', largePicture(2), 'user')
  await expect.poll(() => world.deps.pictureTurns.waiting(), patience).toBe(1)
  const { items } = pageOf(asset).parse((await world.get('')).json())
  const waiting = items.find(({ name }) => name === 'second.png')
  expect((await world.change('DELETE', `/${waiting?.id}`)).statusCode).toBe(204)
  open()
  expect((await first).statusCode).toBe(201)
  const answer = await second
  expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'asset.not_found'])
})
