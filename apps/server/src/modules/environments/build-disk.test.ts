import { expect, test } from 'vitest'
import { withinDisk, type BuildDisk } from './build-disk.ts'

/** A disk that is measured at once, again and again. */
const disk = (measure: BuildDisk['measure']): BuildDisk => ({
  limitBytes: 100 * 1024 ** 2,
  measure,
  wait: async () => undefined,
})
const never = (): AbortSignal => new AbortController().signal

/** Work that only ends when it is aborted, as a command of a build: in its own words. */
const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the command was ended')), { once: true })
  })

test.each([
  ['takes too much', 101 * 1024 ** 2],
  ['has too many files to be measured', 'too slow' as const],
])('a build that %s is ended, and the reason is not the words of its command', async (_name, size) => {
  const sizes = [100 * 1024 ** 2, size]
  const measured = withinDisk(
    disk(async () => sizes.shift() ?? 0),
    '/build',
    never(),
    untilAborted,
  )
  await expect(measured).rejects.toMatchObject({
    code: 'deploy.environment_failed',
    details: { cause: { en: expect.stringContaining('the ceiling of 100 MB') }, may_pass: false },
  })
  expect(sizes).toEqual([])
})

test('a build that cannot be measured is ended, because nothing would bound it', async () => {
  const failing = disk(() => Promise.reject(new Error('du cannot be started')))
  await expect(withinDisk(failing, '/build', never(), untilAborted)).rejects.toThrow('du cannot be started')
})

test('a build that is cancelled, fails or is done ends the measuring', async () => {
  const waits: AbortSignal[] = []
  const measured: string[] = []
  const watched: BuildDisk = {
    ...disk(async (folder) => measured.push(folder)),
    wait: (_ms, signal) => {
      waits.push(signal)
      return untilAborted(signal)
    },
  }
  const within = (signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>) =>
    withinDisk(watched, '/build', signal, work)
  const cancelled = AbortSignal.abort(new Error('cancelled'))
  await expect(within(cancelled, async (signal) => signal.throwIfAborted())).rejects.toThrow('cancelled')
  await expect(within(never(), () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  await expect(within(never(), async () => undefined)).resolves.toBeUndefined()
  expect([waits.map(({ aborted }) => aborted), measured]).toEqual([[true, true, true], []])
})
