import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Json } from '@vitrine/contract'
import { platformActor, type Actor } from '../lib/actor.ts'
import { mayUse } from '../lib/policy.ts'
import { deployExamples } from './deploy-examples.ts'

let root: string
/** What was registered and deployed, in order. */
let done: string[]
/** In whose name. */
let actors: Actor[]
let configs: Map<string, Json>
/** What this machine has, the newest version of the example whose service should run, and whether a person has its ID. */
let machine: { cv2: boolean; standing: number | null; hasFailed: boolean; isTaken: boolean }

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vitrine-demo-'))
  done = []
  actors = []
  configs = new Map()
  machine = { cv2: true, standing: null, hasFailed: false, isTaken: false }
  const folder = join(root, 'examples', 'people-tracking')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'algorithm.yaml'), 'id: people-tracking\n')
  const sha256 = createHash('sha256').update('people').digest('hex')
  const street = { file: 'street.avi', from: join(root, 'street.avi'), sha256, examples: [] }
  await writeFile(join(folder, 'borrowed.json'), JSON.stringify({ files: [street] }))
})
afterEach(() => rm(root, { recursive: true }))

const arrives = () => writeFile(join(root, 'street.avi'), 'people')
const deploy = () =>
  deployExamples(
    {
      configs: {
        get: async (key) => configs.get(key) ?? null,
        set: async (key, value) => void configs.set(key, value),
      },
      async registerFolder({ folder, actor }) {
        actors.push(actor)
        done.push(folder.startsWith(root) ? 'as it is' : 'with what it borrows')
        machine.standing = done.length
        return { version: { number: done.length } }
      },
      deploy: async ({ actor }) => ({ id: `task ${actors.push(actor)}` }),
      isTaken: async () => machine.isTaken,
      standing: async () =>
        machine.standing === null ? null : { version: machine.standing, hasFailed: machine.hasFailed },
      machine: { hasFile: async () => false, hasPythonModule: async () => machine.cv2 },
      logger: pino({ level: 'silent' }),
    },
    join(root, 'examples'),
  )

test('an example is deployed once the machine can run it, and no second time', async () => {
  machine.cv2 = false
  await deploy()
  expect(done).toEqual([])
  machine.cv2 = true
  await deploy()
  await deploy()
  expect(done).toEqual(['as it is'])
})

test('an example deployed without its borrowed media is deployed again when they arrive', async () => {
  await deploy()
  await arrives()
  await deploy()
  await deploy()
  expect(done).toEqual(['as it is', 'with what it borrows'])
})

test.each([
  ['uploaded another version of', 7],
  ['stopped or deleted', null],
])('an example that a person has %s is left alone', async (_what, standing) => {
  await deploy()
  machine.standing = standing
  await arrives()
  await deploy()
  expect(done).toEqual(['as it is'])
})

test('an example whose first deploy failed is deployed again, unless a person has uploaded another version', async () => {
  await deploy()
  machine.hasFailed = true
  await deploy()
  machine.hasFailed = false
  await deploy()
  expect(done).toEqual(['as it is', 'as it is'])
  Object.assign(machine, { hasFailed: true, standing: 7 })
  await deploy()
  expect(done).toHaveLength(2)
})

test.each([
  ['before the machine could run it', false],
  ['after it was deleted', true],
])('an example whose ID a person has taken %s is left alone', async (_when, wasDeployed) => {
  if (wasDeployed) await deploy()
  const before = [...done]
  // The version of the person has the same number, and its service has failed: only its owner tells it apart.
  Object.assign(machine, { isTaken: true, hasFailed: true })
  await deploy()
  expect(done).toEqual(before)
  machine.isTaken = false
  await deploy()
  expect(done).toEqual([...before, 'as it is'])
})

test('examples are deployed in a name that may change what is the platform’s, and nothing of others', async () => {
  await deploy()
  expect(actors).toHaveLength(2)
  for (const actor of actors)
    expect(
      [platformActor.id, 'a person'].map((ownerId) =>
        mayUse(actor, { ownerId, services: ['people-tracking'] }),
      ),
    ).toEqual([true, false])
})
