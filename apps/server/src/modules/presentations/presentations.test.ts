import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { presentationState } from '@vitrine/contract'
import { refusal } from '../shares/shares.test-world.ts'
import { openPresentationsWorld } from './presentations.test-world.ts'

let world: Awaited<ReturnType<typeof openPresentationsWorld>>
beforeAll(async () => {
  world = await openPresentationsWorld()
})
afterAll(() => world.close())

test('a draft changes nothing that others see until it is published', async () => {
  await world.publish({ title: { zh: '回声', en: 'Echo machine' }, line: { zh: '听到什么说什么' } })
  await world.save({ title: { zh: '草稿' } })
  const shown = await world.card()
  expect([shown?.name, shown?.line]).toEqual(['回声', '听到什么说什么'])
  expect((await world.read()).draft?.title).toEqual({ zh: '草稿' })
})

test('stage and card speak the reader’s language, and what is missing follows from the package', async () => {
  await world.publish({
    title: { en: 'Echo machine' },
    story: { zh: '## 故事' },
    task: 'text-generation',
    tags: ['语音'],
    fields: { times: { shown: true, title: { zh: '次数' } } },
  })
  const [zh, en] = [await world.stageIn('zh'), await world.stageIn('en')]
  expect([zh.name, en.name]).toEqual(['echo', 'Echo machine'])
  expect([zh.story, en.story]).toEqual(['## 故事', '## 故事'])
  expect([en.manifest.task, en.tags]).toEqual(['text-generation', ['语音']])
})

test('the showcase is in the stated order, then by name', async () => {
  await world.publish({ title: { en: 'Zebra' }, order: 1 })
  expect((await world.cards('en')).map(({ service_id: id }) => id)).toEqual(['echo', 'other'])
  await world.publish({ title: { en: 'Zebra' } })
  expect((await world.cards('en')).map(({ service_id: id }) => id)).toEqual(['other', 'echo'])
})

test('a search finds titles, sentences and tags in both languages', async () => {
  await world.publish({
    title: { zh: '回声', en: 'Echo machine' },
    line: { en: 'Repeats you' },
    tags: ['山谷'],
  })
  for (const word of ['回声', 'machine', 'repeats', '山谷', 'REPEATS 山谷'])
    expect(
      (await world.cards('zh', `?q=${encodeURIComponent(word)}`)).map(({ service_id: id }) => id),
    ).toEqual(['echo'])
  expect(await world.cards('zh', '?q=nothing-like-it')).toEqual([])
})

test('a hidden service is in the showcase only for those who may operate it, and marked', async () => {
  await world.publish({ hidden: true })
  expect((await world.cards()).map(({ service_id: id }) => id)).toEqual(['other'])
  const own = (await world.cards('zh', '', 'user')).find(({ service_id: id }) => id === 'echo')
  expect(own?.hidden).toBe(true)
  expect((await world.stageIn('zh')).service_id).toBe('echo')
})

test('only those who may operate the service read and change its presentation', async () => {
  for (const role of ['stranger', 'viewer']) {
    const { draft_revision: revision } = await world.read()
    const answers = [
      await world.send(role, 'GET', world.at()),
      await world.save({}, role),
      await world.send(role, 'POST', world.at('/publish'), { revision }),
      await world.send(role, 'POST', world.at('/restore'), { number: 1, revision }),
      await world.send(role, 'DELETE', world.at(`/draft?revision=${revision}`)),
    ]
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403, 403, 403])
  }
})

test('of two people who edit at the same time, the second hears who was first, and nothing is lost', async () => {
  const { draft_revision: revision } = await world.read()
  expect((await world.save({ title: { en: 'first' } }, 'user', revision)).statusCode).toBe(200)
  const second = await world.save({ title: { en: 'second' } }, 'admin', revision)
  expect(refusal(second)).toEqual([409, 'presentation.changed'])
  expect(second.json().error.details).toMatchObject({
    by: 'user-tester',
    draft_revision: revision + 1,
    based_on: revision,
  })
  expect((await world.read()).draft?.title).toEqual({ en: 'first' })
  const late = await world.send('admin', 'POST', world.at('/publish'), { revision })
  expect(refusal(late)).toEqual([409, 'presentation.changed'])
  expect(late.json().error.details).toMatchObject({ draft_revision: revision + 1, based_on: revision })
})

test('the answer of a save is of that save, also if somebody saves before it is written', async () => {
  const { draft_revision: revision } = await world.read()
  const stored = { ...world.presentations }
  const saving = vi.spyOn(world.presentations, 'setDraft').mockImplementationOnce(async (...given) => {
    const saved = await stored.setDraft(...given)
    expect((await world.save({ title: { en: 'later' } }, 'admin', revision + 1)).statusCode).toBe(200)
    return saved
  })
  const answer = await world.save({ title: { en: 'earlier' } }, 'user', revision)
  saving.mockRestore()
  expect(presentationState.parse(answer.json())).toMatchObject({
    draft: { title: { en: 'earlier' } },
    draft_revision: revision + 1,
  })
  expect((await world.read()).draft?.title).toEqual({ en: 'later' })
})

test('of many simultaneous saves exactly one wins', async () => {
  const { draft_revision: revision } = await world.read()
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, number) => world.save({ order: number }, 'user', revision)),
  )
  const statuses = answers.map(({ statusCode }) => statusCode).sort()
  expect(statuses).toEqual([200, ...Array.from({ length: 7 }, () => 409)])
})

test('earlier publications can be restored as draft, and the last 50 are kept', async () => {
  await world.publish({ title: { en: 'good' } })
  const { revision: number } = await world.read()
  for (let count = 0; count < 51; count++) await world.publish({ order: count })
  expect((await world.read()).revisions).toHaveLength(50)
  const { draft_revision: revision } = await world.read()
  const gone = await world.send('user', 'POST', world.at('/restore'), { number, revision })
  expect(refusal(gone)).toEqual([404, 'presentation.revision_not_found'])
  const back = await world.send('user', 'POST', world.at('/restore'), { number: number + 2, revision })
  expect(presentationState.parse(back.json()).draft?.order).toBe(1)
  expect((await world.read()).published?.order).toBe(50)
})

test('who discards or restores changes no draft that somebody else has saved since', async () => {
  await world.publish({ title: { en: 'published' } })
  const { draft_revision: revision, revision: number } = await world.read()
  await world.save({ title: { en: 'theirs' } }, 'admin', revision)
  const late = [
    await world.send('user', 'DELETE', world.at(`/draft?revision=${revision}`)),
    await world.send('user', 'POST', world.at('/restore'), { number, revision }),
  ]
  expect(late.map(refusal)).toEqual([
    [409, 'presentation.changed'],
    [409, 'presentation.changed'],
  ])
  expect((await world.read()).draft?.title).toEqual({ en: 'theirs' })
})

test('a discarded draft is gone, and nothing is there to publish', async () => {
  await world.save({ title: { en: 'draft' } })
  const { draft_revision: revision } = await world.read()
  await world.send('user', 'DELETE', world.at(`/draft?revision=${revision}`))
  const state = await world.read()
  expect(state.draft).toBeNull()
  const answer = await world.send('user', 'POST', world.at('/publish'), { revision: state.draft_revision })
  expect(refusal(answer)).toEqual([409, 'presentation.no_draft'])
})

test('what is too long, too much or unknown is refused with its field', async () => {
  const bad: [object, string][] = [
    [{ title: { zh: 'x'.repeat(81) } }, 'title.zh'],
    [{ story: { en: 'x'.repeat(20_001) } }, 'story.en'],
    [{ tags: Array.from({ length: 11 }, () => 'tag') }, 'tags'],
    [{ title: { fr: 'non' } }, 'title'],
    [{ cover: { from: 'run', run_id: '../../x' } }, 'cover.run_id'],
    [{ anything: 1 }, ''],
  ]
  for (const [presentation, field] of bad) {
    const answer = await world.save(presentation)
    expect([answer.statusCode, answer.json().error.details.issues[0].path]).toEqual([
      422,
      field === ''
        ? expect.stringContaining('presentation')
        : expect.stringContaining(`presentation.${field}`),
    ])
  }
})

test('suggestions come from the README and the manifest', async () => {
  const { suggested } = await world.read()
  expect(suggested.title.zh).toBe('回声')
  expect(suggested.line.zh).toBe('听到什么就说什么。')
  expect(suggested.story.zh).toContain('## 用法')
  expect(suggested.story.zh).not.toContain('# 回声\n')
})
