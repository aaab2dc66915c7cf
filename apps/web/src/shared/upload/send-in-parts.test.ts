// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from 'vitest'
import { sendInParts } from './send-in-parts.ts'

// Pages get this form of it.
vi.mock('tus-js-client', () => vi.importActual('tus-js-client/lib.esm/browser/index.js'))

type Answer = { status: number; headers?: Record<string, string> }
/** How the platform answers a request. Null for never. */
type Answers = (method: string) => Answer | null

const root = 'http://localhost:3000/api/v1/uploads'
let answers: Answers
let asked: string[]

/** What tus uses of the browser's requests. Each is answered by `answers` in the next turn. */
class FakeRequest {
  #method = ''
  #answer: Answer = { status: 0 }
  upload = {}
  responseText = ''
  onload: () => void = () => undefined
  onerror: () => void = () => undefined
  get status(): number {
    return this.#answer.status
  }
  open(method: string, url: string): void {
    this.#method = method
    asked.push(`${method} ${url.split('/').at(-1) ?? ''}`)
  }
  setRequestHeader(): void {}
  abort(): void {}
  getResponseHeader(name: string): string | null {
    return this.#answer.headers?.[name] ?? null
  }
  send(): void {
    const answer = answers(this.#method)
    if (answer === null) return
    this.#answer = answer
    setImmediate(() => this.onload())
  }
}

const file = new File(['0123456789'], 'street.mp4', { lastModified: 1 })
const created = (id: string): Answer => ({ status: 201, headers: { Location: `${root}/${id}` } })
const four: Answer = { status: 200, headers: { 'Upload-Offset': '4', 'Upload-Length': '10' } }
const all: Answer = { status: 204, headers: { 'Upload-Offset': '10' } }

/** Answers one request after the other, each only to its method; null to a request that hangs. */
function inTurn(...turns: [method: string, answer: Answer | null][]): Answers {
  return (method) => {
    const [expected, answer] = turns.shift() ?? ['nothing', null]
    expect(method).toBe(expected)
    return answer
  }
}

beforeEach(() => {
  asked = []
  localStorage.clear()
  vi.stubGlobal('XMLHttpRequest', FakeRequest)
  return () => vi.unstubAllGlobals()
})

/** Begins to send the file, and stops when a part is on its way. */
async function interrupted() {
  const transfer = sendInParts(file, { onProgress: () => undefined, onResumed: () => undefined })
  await vi.waitFor(() => expect(asked).toEqual(['POST uploads', 'PATCH one']), { timeout: 30_000 })
  transfer.pause?.()
  asked = []
  return transfer
}

test.each([401, 429, 503])(
  'an upload continues where it stopped, although the question for it is first answered with %i',
  async (status) => {
    answers = inTurn(
      ['POST', created('one')],
      ['PATCH', null],
      ['HEAD', { status }],
      ['HEAD', four],
      ['PATCH', all],
    )
    const transfer = await interrupted()
    transfer.resume?.()
    expect(await transfer.done).toBe('one')
    expect(asked).toEqual(['HEAD one', 'HEAD one', 'PATCH one'])
  },
)

test('a later attempt continues an upload that the platform still has, and says so', async () => {
  answers = inTurn(['POST', created('one')], ['PATCH', null], ['HEAD', four], ['PATCH', all])
  await interrupted()
  const onResumed = vi.fn<() => void>()
  expect(await sendInParts(file, { onProgress: () => undefined, onResumed }).done).toBe('one')
  expect(onResumed).toHaveBeenCalledOnce()
})

test('a later attempt begins anew if the platform no longer has the upload, and does not say that it continues', async () => {
  answers = inTurn(
    ['POST', created('one')],
    ['PATCH', null],
    ['HEAD', { status: 404 }],
    ['POST', created('two')],
    ['PATCH', all],
  )
  await interrupted()
  const onResumed = vi.fn<() => void>()
  expect(await sendInParts(file, { onProgress: () => undefined, onResumed }).done).toBe('two')
  expect(onResumed).not.toHaveBeenCalled()
})
