// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import type { Chosen } from './read-files.ts'
import { useUpload } from './use-upload.ts'

const parts = vi.hoisted(() => ({ sent: [] as string[], cancelled: [] as string[] }))
vi.mock('../../shared/upload/send-in-parts.ts', () => ({
  sendInParts: ({ name }: File) => {
    parts.sent.push(name)
    const id = `upload-${parts.sent.length}`
    const cancel = () => parts.cancelled.push(id)
    return { done: Promise.resolve(id), pause: () => undefined, resume: () => undefined, cancel }
  },
}))

const archive = (name: string): Chosen => {
  const file = new File(['code'], name)
  return { files: [], archive: file, inParts: file, leftOut: [] }
}
const refused = (code: string, status: number) =>
  Response.json({ error: { code, message: code, details: {} } }, { status })

let scope: EffectScope
let answers: Response[]
/** What was asked of the platform, as it was sent. */
let asked: unknown[]
const upload = () => {
  const used = scope.run(useUpload)
  if (!used) throw new Error('the scope has ended')
  return used
}

beforeEach(() => {
  scope = effectScope()
  answers = []
  asked = []
  parts.sent = []
  parts.cancelled = []
  vi.stubGlobal('fetch', async (_address: string, { body }: RequestInit) => {
    asked.push(JSON.parse(String(body)))
    return answers.shift() ?? Response.json({ recognised: null })
  })
})
afterEach(() => {
  scope.stop()
  vi.unstubAllGlobals()
})

test('an archive that is chosen after the inspection of another one failed is the one that is inspected', async () => {
  const { inspect, failure } = upload()
  answers = [refused('algorithm.recognition_exceeded', 422)]
  await inspect(archive('cats.zip'))
  expect(failure.value).toMatchObject({ code: 'algorithm.recognition_exceeded' })
  await inspect(archive('dogs.zip'))
  expect(parts.sent).toEqual(['cats.zip', 'dogs.zip'])
  expect(asked.at(-1)).toEqual({ upload_id: 'upload-2', additions: [] })
  // Nobody uses the first one any more, and it would fill the person's room.
  expect(parts.cancelled).toEqual(['upload-1'])
})

test('an archive that has arrived is not sent again after a failed inspection', async () => {
  const { inspect, phase } = upload()
  const cats = archive('cats.zip')
  answers = [refused('service.unavailable', 503)]
  await inspect(cats)
  await inspect(cats)
  expect(phase.value).toBe('deciding')
  expect(parts.sent).toEqual(['cats.zip'])
})

test('an archive that the platform has deleted in the meantime is sent again', async () => {
  const { inspect, add, failure } = upload()
  const cats = archive('cats.zip')
  await inspect(cats)
  answers = [refused('uploads.not_found', 404)]
  await add([{ path: 'requirements.txt', lines: ['numpy'] }])
  expect(failure.value).toMatchObject({ code: 'uploads.not_found' })
  await add([{ path: 'requirements.txt', lines: ['numpy'] }])
  expect(parts.sent).toEqual(['cats.zip', 'cats.zip'])
  expect(asked.at(-1)).toMatchObject({ upload_id: 'upload-2' })
})
