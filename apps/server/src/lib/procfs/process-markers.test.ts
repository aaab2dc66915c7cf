import { spawn } from 'node:child_process'
import { expect, onTestFinished, test } from 'vitest'
import { startEndless } from '../../../../../tests/support/endless-process.ts'
import { environmentOf } from './environments.ts'
import { markersIn } from './process-markers.ts'
import { readProcessTable } from './process-table.ts'
import { argumentsOf } from './read-beginning.ts'

/** Starts a shell with a marker, and returns what finds its marker at some moment, as for one table after the other. */
function startMarked(script: string) {
  const child = spawn('/bin/sh', ['-c', script], {
    env: { PATH: '/usr/bin:/bin', VITRINE_INSTANCE: 'one-r1-1' },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const { pid = 0 } = child
  const markers = markersIn()
  return { child, markersNow: async () => (await markers(await readProcessTable(), [pid]))(pid) }
}

test('a marker is found again in each table', async () => {
  const { markersNow } = startMarked('read line')
  await expect.poll(markersNow).toEqual(['VITRINE_INSTANCE=one-r1-1'])
  expect(await markersNow()).toEqual(['VITRINE_INSTANCE=one-r1-1'])
})

test('a young process that becomes another program has the markers of that', async () => {
  const { child, markersNow } = startMarked('read line; exec env VITRINE_INSTANCE=two-r1-1 sleep 600')
  await expect.poll(markersNow).toEqual(['VITRINE_INSTANCE=one-r1-1'])
  child.stdin.write('go\n')
  await expect.poll(markersNow).toEqual(['VITRINE_INSTANCE=two-r1-1'])
})

test('an environment and a command line without an end are read up to a length, and hold nothing up', async () => {
  const pid = await startEndless()
  expect(await markersIn()(await readProcessTable(), [pid]).then((of) => of(pid))).toEqual([])
  expect((await environmentOf(pid))?.length).toBe(256 * 1024 + 1)
  expect((await argumentsOf(pid)).join(' ')).toHaveLength(64 * 1024)
})
