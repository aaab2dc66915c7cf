import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { NotWanted } from './caller-gone.ts'
import { FetchedMedia } from './fetched-media.ts'
import { Job } from './job.ts'
import type { Localise } from './media.ts'
import { Problem } from './problem.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-fetched-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function jobOf(elements: string[]): Job {
  const job = new Job('id', null, elements, { key: '', values: {} }, 'en', '')
  job.pending = elements.map((_, index) => index)
  return job
}

/** Writes a file, then waits until it is told to end. */
const endless: Localise = async (_schema, value, _path, { temporary, signal }) => {
  const path = join(folder, String(value))
  temporary.push(path)
  writeFileSync(path, 'a part')
  await new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}

it('fails the elements whose media take too long, and gives their files to the job', async () => {
  const job = jobOf(['slow', 'slower'])
  const files = await new FetchedMedia(endless, {}, 5).fetch(job, () => undefined)
  expect(files.map((file) => existsSync(file))).toEqual([true, true])
  expect([...job.failures.values()].map(({ code, values }) => [code, values])).toEqual([
    ['media.fetch_failed', { reason: 'took longer than 0.005 s' }],
    ['media.fetch_failed', { reason: 'took longer than 0.005 s' }],
  ])
  expect(job.pending).toEqual([])
})

it('ends and leaves no files if the caller leaves', async () => {
  let leave: () => void = () => undefined
  const fetched = new FetchedMedia(endless, {}).fetch(jobOf(['left']), (given) => (leave = given))
  leave()
  await expect(fetched).rejects.toMatchObject({ problem: null })
  expect(existsSync(join(folder, 'left'))).toBe(false)
})

it('ends everything with a problem for its callers if it is given up', async () => {
  const media = new FetchedMedia(endless, {})
  const fetched = [media.fetch(jobOf(['a']), () => undefined), media.fetch(jobOf(['b']), () => undefined)]
  media.giveUp(new Problem('service.stopping'))
  for (const one of fetched) {
    const error: unknown = await one.catch((reason: unknown) => reason)
    expect(error instanceof NotWanted && error.problem?.code).toBe('service.stopping')
  }
})

it('leaves no files if something else goes wrong, also those of elements that were still being fetched', async () => {
  const localise: Localise = async (_schema, value, _path, { temporary }) => {
    if (value === 'full') throw new Error('no space left on device')
    await setImmediate()
    const path = join(folder, String(value))
    temporary.push(path)
    writeFileSync(path, 'whole')
  }
  const fetched = new FetchedMedia(localise, {}).fetch(jobOf(['full', 'other']), () => undefined)
  await expect(fetched).rejects.toThrow('no space left on device')
  expect(existsSync(join(folder, 'other'))).toBe(false)
})
