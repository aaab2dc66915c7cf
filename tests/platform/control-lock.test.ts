import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { text as wholeText } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { projectFolder } from '../support/built-project.ts'
import { asOutsider, endHolders, stealLock } from '../support/lock-thief.ts'
import { startPlatform } from '../support/platform.ts'
import { requestLoop } from '../support/request-loop.ts'
import { platformsOnOneDatabase } from './one-database.ts'
import { echo, gatedCounting, slowStart } from './packages.ts'

const patient = { timeoutMs: 60_000, everyMs: 50 }
const { database, environment, start } = platformsOnOneDatabase()

/** Starts a control plane on a data folder and waits for its end. Returns its exit code and what it printed. */
async function runOn(dataFolder: string): Promise<{ code: number | null; text: string }> {
  const env = { PATH: process.env.PATH ?? '', VITRINE_DATA_DIR: dataFolder }
  const child = spawn(process.execPath, [join(projectFolder, 'dist', 'server', 'main.js')], { env })
  const [[code], ...printed] = await Promise.all([
    once(child, 'close').then((end) => z.tuple([z.number().nullable(), z.unknown()]).parse(end)),
    wholeText(child.stdout),
    wholeText(child.stderr),
  ])
  return { code, text: printed.join('') }
}
const started = z.object({ run_id: z.string() })

test('a second control plane on a database is refused with a message, and the runs of the first continue', async () => {
  const { platform, admin } = await start()
  await admin.publish('counting', gatedCounting)
  const gate = join(platform.gates, 'counting')
  const body = { service_id: 'counting', input_data: [{ steps: 3, gate }] }
  const { run_id: id } = await admin.post('/runs', started, body)

  const refused = await startPlatform({ environment: environment() }).catch((error: Error) => error.message)
  expect(refused).toContain('另一个控制面使用')
  expect(refused).toContain(
    `in use by another control plane (process ${platform.pid}@${hostname()}, data folder ${platform.dataFolder}, since`,
  )
  expect(refused).not.toMatch(/\n\s+at /)
  await writeFile(gate, '')
  expect((await admin.runEnd(id)).status).toBe('succeeded')
}, 240_000)

test('a second control plane on a data folder is refused with exit code 75 and a message that says what to do', async () => {
  const { platform, admin } = await start()
  const second = await runOn(platform.dataFolder)
  expect([second.code, second.text]).toEqual([75, expect.stringContaining('npm run down')])
  expect(second.text).toContain(`in use by another control plane (process ${platform.pid})`)
  expect(second.text).not.toMatch(/\n\s+at /)
  expect((await admin.request('GET', '/services')).status).toBe(200)
}, 240_000)

test('a lock that is lost under load is taken again: no request fails, and a task runs once', async () => {
  const { platform, admin } = await start()
  await admin.publish('echo', echo())
  await admin.publish('slow', slowStart(2))
  const loop = requestLoop(
    () => admin.predict('echo', ['x']),
    (text) => text.includes('echo:x'),
  )
  const deploys = [await admin.beginDeploy('slow'), await admin.beginDeploy('echo')]
  const held = async () => (await platform.log()).split('is held again').length - 1
  for (let times = 1; times <= 5; times++) {
    await endHolders(database())
    expect(await waitFor(async () => (await held()) >= times, patient), await platform.log()).toBe(true)
  }
  const states = await Promise.all(deploys.map(async (id) => (await admin.taskEnd(id)).state))
  expect(states).toEqual(['succeeded', 'succeeded'])
  const { rows } = await asOutsider(database(), (client) =>
    client.query('select service_id, number, status from releases order by service_id, number'),
  )
  expect(rows).toEqual(
    ['echo', 'slow'].flatMap((id) => [
      { service_id: id, number: 1, status: 'retired' },
      { service_id: id, number: 2, status: 'active' },
    ]),
  )
  expect((await loop.stop()).failures).toEqual([])
}, 240_000)

test('a control plane whose database another one has taken ends by itself with a message, and its services keep running', async () => {
  const { platform, admin } = await start()
  await admin.publish('echo', echo())
  await stealLock(database(), async () => {
    expect(await platform.ended()).toBe(75)
    expect(await platform.log()).toContain('another control plane took over the database')
    expect((await admin.predict('echo', ['x'])).status).toBe(200)
  })
  await platform.start()
  expect((await (await platform.admin()).service('echo')).release).toBe(1)
}, 240_000)
