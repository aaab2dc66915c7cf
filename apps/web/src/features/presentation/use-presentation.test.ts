// @vitest-environment happy-dom
import type { Presentation } from '@vitrine/contract'
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp, type App } from 'vue'
import { blankPresentation } from './presentation-state.ts'
import { usePresentation } from './use-presentation.ts'

const patience = { timeout: 30_000 }
const titled = (zh: string): Presentation => ({ ...blankPresentation(), title: { zh } })

/** The stored state of the server, the number of drafts that were sent, and the promise that delays its answer. */
let server: { draft: Presentation | null; revision: number; published?: Presentation | null }
let saves: number
let beforeAnswer: Promise<void>

const state = () => ({
  published: server.published ?? null,
  draft: server.draft,
  revision: 0,
  draft_revision: server.revision,
})
const save = async (body: string): Promise<Response> => {
  saves++
  const { presentation, revision } = JSON.parse(body)
  await beforeAnswer
  const error = { code: 'presentation.changed', message: 'changed', details: {}, request_id: 'r' }
  if (revision !== server.revision) return Response.json({ error }, { status: 409 })
  server = { draft: presentation, revision: revision + 1 }
  return Response.json(state())
}

const publish = (body: string): Response => {
  const error = { code: 'presentation.changed', message: 'changed', details: {}, request_id: 'r' }
  if (JSON.parse(body).revision !== server.revision) return Response.json({ error }, { status: 409 })
  server = { published: server.draft, draft: null, revision: server.revision + 1 }
  return Response.json(state())
}

const discard = (url: string): Response => {
  const { searchParams } = new URL(url, 'http://platform')
  const error = { code: 'presentation.changed', message: 'changed', details: {}, request_id: 'r' }
  if (Number(searchParams.get('revision')) !== server.revision)
    return Response.json({ error }, { status: 409 })
  server = { ...server, draft: null, revision: server.revision + 1 }
  return Response.json(state())
}

let app: App
let queries: QueryClient
let editor: ReturnType<typeof usePresentation>

beforeEach(async () => {
  server = { draft: null, revision: 0 }
  saves = 0
  beforeAnswer = Promise.resolve()
  vi.stubGlobal('fetch', async (url: string, { method, body }: { method: string; body: string }) => {
    if (method === 'POST') return publish(body)
    if (method === 'DELETE') return discard(url)
    return method === 'PUT' ? save(body) : Response.json(state())
  })
  queries = new QueryClient()
  app = createApp({
    setup() {
      editor = usePresentation('cats')
      return () => null
    },
  })
  app.use(VueQueryPlugin, { queryClient: queries }).mount(document.createElement('div'))
  await vi.waitFor(() => expect(editor.data.value).toBeDefined(), patience)
})
afterEach(() => {
  app.unmount()
  queries.clear()
  vi.unstubAllGlobals()
})

test('what somebody else has saved is not replaced, although the page has read it since', async () => {
  server = { draft: titled('theirs'), revision: 1 }
  await queries.invalidateQueries()
  expect(editor.data.value?.draft_revision).toBe(1)
  editor.edited.value = titled('mine')
  await editor.saveNow()
  expect(server.draft).toEqual(titled('theirs'))
  expect(editor.theirs.value).toEqual(titled('theirs'))
})

test('what somebody else has saved just so is no conflict', async () => {
  server = { draft: titled('ours'), revision: 1 }
  editor.edited.value = titled('ours')
  await editor.saveNow()
  expect(saves).toBe(1)
  expect(editor.theirs.value).toBeNull()
  expect(editor.save.error.value).toBeNull()
  expect(editor.isDirty.value).toBe(false)
  editor.edited.value = titled('more')
  await editor.saveNow()
  expect(server).toEqual({ draft: titled('more'), revision: 2 })
})

test('two callers that wait for a save store the text entered in the meantime once, without a conflict with each other', async () => {
  let answer = (): void => undefined
  beforeAnswer = new Promise((resolve) => (answer = resolve))
  editor.edited.value = titled('first')
  const saving = editor.saveNow()
  await vi.waitFor(() => expect(saves).toBe(1), patience)
  editor.edited.value = titled('second')
  const waiting = [editor.saveNow(), editor.saveNow()]
  answer()
  await Promise.all([saving, ...waiting])
  expect(saves).toBe(2)
  expect(server.draft).toEqual(titled('second'))
  expect(editor.theirs.value).toBeNull()
})

/** A draft of theirs is stored, and the page does not know it when it publishes its own. */
async function publishOutdated() {
  editor.edited.value = titled('mine')
  await editor.saveNow()
  server = { draft: titled('theirs'), revision: server.revision + 1 }
  await editor.publish.mutateAsync().catch(() => undefined)
  await vi.waitFor(() => expect(editor.theirs.value).toEqual(titled('theirs')), patience)
  expect(server.published).toBeUndefined()
  expect(editor.edited.value).toEqual(titled('mine'))
}

test('publishing an outdated draft shows both versions; the person keeps their own, and publishes it', async () => {
  await publishOutdated()
  await editor.choose(true)
  await editor.publish.mutateAsync()
  expect(server.published).toEqual(titled('mine'))
  expect([editor.theirs.value, editor.publish.error.value]).toEqual([null, null])
})

test('publishing an outdated draft shows both versions; the person takes the other one, and publishes it', async () => {
  await publishOutdated()
  await editor.choose(false)
  expect(editor.edited.value).toEqual(titled('theirs'))
  await editor.publish.mutateAsync()
  expect(server.published).toEqual(titled('theirs'))
})

test('of two equal versions there is nothing to choose, so it is published', async () => {
  editor.edited.value = titled('mine')
  await editor.saveNow()
  server = { draft: titled('mine'), revision: server.revision + 1 }
  await editor.publish.mutateAsync()
  expect([server.published, editor.theirs.value]).toEqual([titled('mine'), null])
})

test('discarding a draft that somebody else has replaced shows both versions, and discards none', async () => {
  editor.edited.value = titled('mine')
  await editor.saveNow()
  server = { draft: titled('theirs'), revision: server.revision + 1 }
  await expect(editor.discard.mutateAsync()).rejects.toMatchObject({ code: 'presentation.changed' })
  expect([server.draft, editor.theirs.value]).toEqual([titled('theirs'), titled('theirs')])
  await editor.choose(false)
  await editor.discard.mutateAsync()
  expect([server.draft, editor.discard.error.value]).toEqual([null, null])
})
