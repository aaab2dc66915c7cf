import { expect, test } from 'vitest'
import type { BuildEnd } from '../../adapters/docker/image-daemon.ts'
import { withinDiskOfImage } from './build-disk.ts'

const mebibyte = 1024 ** 2
const never = new AbortController().signal
const built: BuildEnd = { built: true, id: 'sha256:1', command: ['true'], folder: '/' }
const last = () => ({ step: 'RUN fill', lines: ['filling'] })

/** A build whose containers have written so many megabytes at each measurement. It is measured when the build asks for that. */
function disk(sizes: (number | null | Error)[]) {
  const logged: string[] = []
  const asked: string[] = []
  let measureNow = () => {}
  let measured = () => {}
  const next = () =>
    new Promise<void>((resolve) => {
      measured = resolve
      measureNow()
    })
  const bounds = {
    daemon: {
      async writtenBy(id: string) {
        asked.push(id)
        const size = sizes.shift() ?? null
        if (size instanceof Error) throw size
        return size === null ? null : size * mebibyte
      },
    },
    disk: {
      limitBytes: 100 * mebibyte,
      wait(_ms: number, signal: AbortSignal) {
        measured()
        return new Promise<void>((resolve, reject) => {
          measureNow = resolve
          signal.addEventListener('abort', () => reject(signal.reason), { once: true })
        })
      },
    },
    waiter: { signal: never, log: (line: string) => void logged.push(line) },
    last,
  }
  return { bounds, logged, asked, next }
}

/** A build that only ends when it is aborted, in its own words. */
const endless = (signal: AbortSignal) =>
  new Promise<BuildEnd>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the daemon was left')), { once: true })
  })

test('a build whose command writes too much is ended, and says which one and which ceiling', async () => {
  const { bounds, next } = disk([101])
  const building = withinDiskOfImage(bounds, ({ signal, onContainer }) => {
    onContainer('one')
    void next()
    return endless(signal)
  })
  await expect(building).rejects.toMatchObject({
    code: 'deploy.image_failed',
    details: {
      step: 'RUN fill',
      lines: ['filling'],
      may_pass: false,
      cause: { en: expect.stringContaining('the ceiling of 100 MB') },
    },
  })
})

test('what earlier commands have written counts as well, also when their containers are gone', async () => {
  const { bounds, asked, next } = disk([60, null, 60])
  const building = withinDiskOfImage(bounds, async ({ signal, onContainer }) => {
    onContainer('one')
    await next()
    await next()
    onContainer('two')
    void next()
    return endless(signal)
  })
  await expect(building).rejects.toMatchObject({ code: 'deploy.image_failed' })
  expect(asked).toEqual(['one', 'one', 'two'])
})

test('a build within its ceiling ends as it would without one, also where Docker cannot say how much it is', async () => {
  const { bounds, logged, next } = disk([new Error('no idea'), new Error('no idea'), 99])
  const end = await withinDiskOfImage(bounds, async ({ onContainer }) => {
    onContainer('one')
    for (let look = 0; look < 3; look++) await next()
    return built
  })
  expect(end).toBe(built)
  expect(logged).toEqual(['How much this build writes is not known: Error: no idea'])
})
