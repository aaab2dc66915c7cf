import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { JournalLookout } from './journal-lookout.ts'

let folder: string
let lookout: JournalLookout

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-lookout-'))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  lookout = new JournalLookout(join(folder, 'supervisord.log'))
  lookout.open()
})

afterEach(async () => {
  lookout.close()
  vi.useRealTimers()
  await rm(folder, { recursive: true, force: true })
})

/** Whether the next look is due. */
function nextLook(): () => boolean {
  let isDue = false
  void lookout.next().then(() => (isDue = true))
  return () => isDue
}

/** Waits for something that the kernel reports, without letting the clock of the look-out go on. */
async function untilDue(isDue: () => boolean): Promise<void> {
  while (!isDue()) {
    vi.advanceTimersByTime(0)
    await setImmediate()
  }
}

test('without a change, the next look is due after half a second', async () => {
  const isDue = nextLook()
  await vi.advanceTimersByTimeAsync(499)
  expect(isDue()).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(isDue()).toBe(true)
})

test('a line in the journal makes a look due at once', async () => {
  const isDue = nextLook()
  await vi.advanceTimersByTimeAsync(300)
  await appendFile(join(folder, 'supervisord.log'), 'exited: demo\n')
  await untilDue(isDue)
})

test('a journal that was rotated is still followed', async () => {
  const path = join(folder, 'supervisord.log')
  await writeFile(path, 'full\n')
  await rename(path, `${path}.1`)
  const first = nextLook()
  await vi.advanceTimersByTimeAsync(300)
  await untilDue(first)
  const isDue = nextLook()
  await vi.advanceTimersByTimeAsync(300)
  await appendFile(path, 'exited: demo\n')
  await untilDue(isDue)
})

test('two looks are at least 250 ms apart, and a line between them is not forgotten', async () => {
  const first = nextLook()
  await appendFile(join(folder, 'supervisord.log'), 'spawned: demo\n')
  await vi.advanceTimersByTimeAsync(300)
  await untilDue(first)
  await appendFile(join(folder, 'supervisord.log'), 'exited: demo\n')
  const isDue = nextLook()
  // The kernel has reported the change long before a hundred turns of the event loop.
  for (let turn = 0; turn < 100; turn++) await setImmediate()
  await vi.advanceTimersByTimeAsync(249)
  expect(isDue()).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(isDue()).toBe(true)
})

test('a look-out that is closed calls nobody any more', async () => {
  const isDue = nextLook()
  lookout.close()
  await vi.advanceTimersByTimeAsync(2_000)
  expect(isDue()).toBe(false)
})
