import { fileURLToPath } from 'node:url'
import { rename } from 'node:fs/promises'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { streamCommand, type StreamingChild } from '../../lib/run-command.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { linesText, logLine, openCallsWorld } from './calls.test-world.ts'

let world: Awaited<ReturnType<typeof openCallsWorld>>
beforeEach(async () => {
  world = await openCallsWorld()
})
afterEach(() => world.close())

const program = fileURLToPath(new URL('./recorder.test-process.ts', import.meta.url))
const root = fileURLToPath(new URL('../../../../..', import.meta.url))

async function startProcess(): Promise<StreamingChild> {
  const { rows } = await world.db.execute<{ name: string }>(sql`select current_database() as name`)
  const database = JSON.stringify({ ...inject('postgres'), database: rows[0]?.name })
  const migrations = fileURLToPath(new URL('../../../migrations', import.meta.url))
  const args = ['--import', 'tsx', program]
  const options = ['--log', world.path, '--database', database, '--migrations', migrations]
  const child = streamCommand({
    file: process.execPath,
    args: [...args, ...options],
    cwd: root,
    env: { PATH: '/usr/bin:/bin' },
  })
  child.stdout.resume()
  child.stderr.resume()
  return child
}

test('a recorder that is killed with SIGKILL again and again counts every line once', async () => {
  const pieces = 6
  const each = 6_000
  let cutOffs = 0
  for (let piece = 1; piece <= pieces; piece++) {
    const kept = await world.countOf('calls')
    await world.write(linesText(...Array.from({ length: each }, () => logLine())))
    const child = await startProcess()
    // Killed soon after it has begun, so most likely inside a transaction. The next one records the rest.
    await waitFor(async () => (await world.countOf('calls')) > kept, { timeoutMs: patienceMs, everyMs: 1 })
    child.kill()
    await child.closed
    if ((await world.countOf('calls')) < piece * each) cutOffs += 1
    if (piece % 2 === 0) await rename(world.path, `${world.path}.${pieces - piece + 1}`)
  }
  world.record()
  await world.allRecorded(pieces * each)
  // The others may have recorded everything, on a machine that was too busy to kill them in time.
  expect(cutOffs).toBeGreaterThan(0)
  expect([await world.countOf('calls'), await world.countOf('requests')]).toEqual([
    pieces * each,
    pieces * each,
  ])
}, 300_000)
