import { constants } from 'node:buffer'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { completeManifest } from '../../../apps/server/src/modules/releases/releases.test-world.ts'
import { answersOf } from './answers.ts'
import { removeFiles } from './fetched-media.ts'
import { Job } from './job.ts'
import { runJobs } from './run-jobs.ts'

/** A job whose elements all run, and how often it was said to be done. */
function jobOf(elements: unknown[]) {
  const onDone = vi.fn<() => void>()
  const job = new Job('p1', null, elements, { key: '', values: {} }, 'en', '')
  job.pending = elements.map((_unused, index) => index)
  job.onDone = onDone
  return { job, onDone }
}

/** An algorithm that returns these outputs, as JSON text. */
const returning = (outputs: readonly string[]) => ({
  streams: false,
  call: async () => ({ type: 'returned' as const, results: outputs.map((text) => ({ outputs: text })) }),
})

/** JSON text of a string with this many characters in all. */
const longText = (length: number) => `"${'x'.repeat(length - 2)}"`

test('an output that is too long for one string fails its element, and every job of the call is done', async () => {
  const reported = vi.spyOn(console, 'error').mockReturnValue()
  const [first, second] = [jobOf(['a']), jobOf(['b'])]
  const outputs = ['"short"', longText(constants.MAX_STRING_LENGTH)]
  await runJobs(returning(outputs), [first.job, second.job])
  expect(first.job.predictions).toEqual(['{"index":0,"status":"succeeded","outputs":"short"}'])
  expect(second.job.failures.get(0)?.code).toBe('algorithm.bad_output')
  expect([first.onDone, second.onDone].map(({ mock }) => mock.calls.length)).toEqual([1, 1])
  expect(reported).toHaveBeenCalledOnce()
  reported.mockRestore()
})

test('an element for which nothing came back fails with the reason in the language of its caller', async () => {
  const { job } = jobOf(['a'])
  await runJobs(returning([]), [job])
  expect(job.failures.get(0)?.body('zh').message).toBe('算法的返回值不可用：没有返回任何内容')
  expect(job.failures.get(0)?.body('en').message).toContain('nothing came back')
})

test('predictions that are too long for one answer are refused with the reason', async () => {
  const { job } = jobOf(['a', 'b'])
  const half = longText(constants.MAX_STRING_LENGTH / 2)
  await runJobs(returning([half, half]), [job])
  const { status, body } = answersOf(completeManifest()).completed(job)
  expect([status, JSON.parse(body).error.code]).toEqual([500, 'algorithm.bad_output'])
})

test('what belongs to a request is removed also if the algorithm has made a folder of it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-run-jobs-'))
  const input = join(folder, 'input.png')
  mkdirSync(input)
  writeFileSync(join(input, 'part'), '')
  removeFiles([input, join(folder, 'gone.png')])
  expect(existsSync(input)).toBe(false)
  rmSync(folder, { recursive: true })
})

test('what cannot be removed is told in the log, and ends nothing: others may wait for the end of the same call', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-run-jobs-'))
  const second = join(folder, 'second.png')
  writeFileSync(second, '')
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  removeFiles(['/proc/self/status', second])
  expect(told.mock.calls.join()).toContain('/proc/self/status')
  told.mockRestore()
  expect(existsSync(second)).toBe(false)
  rmSync(folder, { recursive: true })
})
