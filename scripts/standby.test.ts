import { expect, test } from 'vitest'
import { freePorts } from '../tests/support/free-ports.ts'
import { makeTestDatabase } from '../tests/support/test-database.ts'
import { patienceMs } from '../tests/support/patience.ts'
import { partsOf } from './lib/leftovers.mjs'
import { controlPlaneRecord } from './lib/start-lock.mjs'
import {
  cleanUp,
  dataFolder,
  platformEnv,
  recordedPid,
  runScript,
  servants,
  untilPrinted,
} from './start.test-platform.ts'

const standsBy = /Stands by: takes over when the control plane \d+@\S+ ends/
const ready = /http:\/\/127\.0\.0\.1:\d+/

test('two starts on one data folder: Ctrl-C of the first leaves services to the second, and the last one ends everything', async ({
  onTestFinished,
}) => {
  const folder = dataFolder()
  const database = await makeTestDatabase()
  onTestFinished(async () => {
    await cleanUp(folder)
    await database.drop()
  }, patienceMs)
  const port = await freePorts(1)
  const env = {
    ...platformEnv(folder, port),
    VITRINE_ROOT: 'keep',
    VITRINE_STANDBY: 'on',
    DATABASE_URL: database.url,
  }
  const start = () => runScript('start.mjs', env)
  const health = async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).status

  const first = start()
  await untilPrinted(first, ready)
  const leader = recordedPid(controlPlaneRecord(folder))
  const gateway = servants(folder)
  const second = start()
  await untilPrinted(second, standsBy)
  expect(second.output()).toContain(`the control plane ${leader}@`)

  first.child.kill('SIGINT')
  expect(await first.ended).toBe(0)
  expect(first.output()).toContain('another npm start goes on')
  await untilPrinted(second, /Has taken over: http:/)
  expect(await health()).toBe(200)
  expect(servants(folder)).toEqual(gateway)

  // A third one goes with `npm run down`, and does not take over meanwhile.
  const third = start()
  await untilPrinted(third, standsBy)
  const down = runScript('down.mjs', env)
  expect(await down.ended).toBe(0)
  expect([await second.ended, await third.ended]).toEqual([0, 0])
  expect(partsOf(folder).flatMap((part) => part.find())).toEqual([])

  const alone = start()
  await untilPrinted(alone, ready)
  alone.child.kill('SIGINT')
  expect(await alone.ended).toBe(0)
  expect(alone.output()).toContain('Everything is stopped')
  expect(partsOf(folder).flatMap((part) => part.find())).toEqual([])
}, 300_000)
