import { afterAll, beforeAll, expect, test } from 'vitest'
import { endpoints, json, type ApiEndpoint, type Language } from '@vitrine/contract'
import { stringify } from 'yaml'
import { z } from 'zod'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { echo } from './packages.ts'

const startup = 180_000

/** Every text for people contains the character 译. */
const description = {
  name: '译：回声',
  description: '译：说明',
  entry: 'ai_algorithm.py:Algorithm',
  input: { type: 'string', title: '译：输入' },
  parameters: {
    type: 'object',
    properties: { way: { title: '译：方式', enum: ['a'], 'x-labels': ['译：甲'], default: 'a' } },
  },
  output: { title: '译：输出', 'x-name': 'echo' },
  examples: [{ name: '译：示例', input_data: ['演示'] }],
  quality: ['译：质量'],
}
const english = {
  '译：回声': 'Echo chamber',
  '译：说明': 'What it does',
  '译：输入': 'Input',
  '译：方式': 'Way',
  '译：甲': 'First',
  '译：输出': 'Output',
  '译：示例': 'A demo',
  '译：质量': 'Good',
}
const translated = (words: Record<string, string> = english): PackageFiles => ({
  ...echo(),
  'algorithm.yaml': stringify({ ...description, translations: { en: words } }),
})

let platform: TestPlatform
let admin: ApiClient
let share: string
const ids = z.object({ token: z.string() }).or(z.object({ run_id: z.string() }))
const idOf = async (path: string, body: object) => Object.values(await admin.post(path, ids, body))[0] ?? ''
const known: Record<string, string> = {}

beforeAll(async () => {
  platform = await startPlatform()
  admin = await platform.admin()
  await admin.publish('echo', translated())
  share = await idOf('/shares', { kind: 'stage', target_id: 'echo', may_run: true })
  const run = await idOf('/runs', { service_id: 'echo', input_data: ['演示'] })
  const task = (await admin.get('/tasks', z.object({ items: z.array(z.object({ id: z.string() })) })))
    .items[0]
  Object.assign(known, { '/runs': run, '/tasks': task?.id })
}, startup)
afterAll(() => platform?.dispose(), startup)

const read = (path: string, language: Language, client = admin) =>
  client.call('GET', path, json, { headers: { 'accept-language': language } })

/** What is shown of an answer: names in other languages are there to be found by, and are never shown. */
const shownOf = (answer: unknown): string =>
  JSON.stringify(answer, (key, value: unknown) => (key === 'other_names' ? undefined : value))

test.each<[string, () => string]>([
  ['the algorithm', () => '/algorithms/echo'],
  ['its versions', () => '/algorithms/echo/versions'],
  ['a version', () => '/algorithms/echo/versions/1'],
  ['the service', () => '/services/echo'],
  ['the services', () => '/services'],
  ['the showcase', () => '/showcase'],
  ['the stage', () => '/showcase/echo'],
  ['a customer’s link', () => `/public/shares/${share}`],
])('%s is in the language of who asks, at once', async (_what, path) => {
  const [en, zh] = [shownOf(await read(path(), 'en')), shownOf(await read(path(), 'zh', admin))]
  expect(en).toContain('Echo chamber')
  expect(en).not.toContain('译')
  expect(zh).toContain('译：回声')
  expect(zh).not.toContain('Echo chamber')
})

test('a stage has all texts in English except its demo inputs, and programs get the same values as before', async () => {
  expect(await read('/showcase/echo', 'en')).toMatchObject({
    name: 'Echo chamber',
    description: 'What it does',
    manifest: {
      name: 'Echo chamber',
      input: { title: 'Input' },
      parameters: { properties: { way: { title: 'Way', enum: ['a'], 'x-labels': ['First'], default: 'a' } } },
      output: { title: 'Output', 'x-name': 'echo' },
      quality: ['Good'],
    },
    examples: [{ name: 'A demo', input_data: ['演示'] }],
  })
  const customer = z.object({ stage: json }).parse(await read(`/public/shares/${share}`, 'en'))
  expect(customer.stage).toMatchObject({ name: 'Echo chamber', examples: [{ name: 'A demo' }] })
})

test('a chat shows a link’s page in the reader’s language', async () => {
  const page = async (language: Language) =>
    (await admin.request('GET', `//s/${share}`, { headers: { 'accept-language': language } })).text()
  const [en, zh] = [await page('en'), await page('zh')]
  expect(en).toMatch(/<title>Echo chamber<[^]*content="What it does"/)
  expect(en).not.toContain('译')
  expect(zh).toMatch(/<title>译：回声<[^]*content="译：说明"/)
})

/** Routes that show source code and the words of commits as they are, and the one that is for editing both languages. */
const showsBoth = [
  'GET /algorithms/{id}/files',
  'GET /algorithms/{id}/commits',
  'GET /algorithms/{id}/refs',
  'GET /services/{id}/releases/diff',
  'GET /services/{id}/presentation',
]

test('no answer of the API is in Chinese for an English reader if the manifest has the text in English', async () => {
  const table: Record<string, ApiEndpoint> = endpoints
  const asked: string[] = []
  for (const [key, { response }] of Object.entries(table)) {
    if (
      !key.startsWith('GET ') ||
      response === null ||
      typeof response === 'string' ||
      showsBoth.includes(key)
    )
      continue
    const [, first = ''] = key.split('/')
    const path = key
      .replace('GET ', '')
      .replace('{id}', known[`/${first}`] ?? 'echo')
      .replace('{token}', share)
    const answer = await admin.request('GET', path, { headers: { 'accept-language': 'en' } })
    if (answer.ok) asked.push(key)
    expect(shownOf(await answer.json()), key).not.toContain('译')
  }
  expect(asked.length).toBeGreaterThan(25)
})

test('its own `/info` keeps the author’s texts, in every language', async () => {
  const info = await admin.request('GET', '//ai/echo/info', { headers: { 'accept-language': 'en' } })
  expect(await info.json()).toMatchObject({ name: '译：回声', translations: { en: english } })
})

test('caches are told that answers depend on the language', async () => {
  const answer = await admin.request('GET', '/showcase/echo')
  expect(answer.headers.get('vary')?.toLowerCase()).toContain('accept-language')
})

test('sending back the shown English name keeps it translated, and another name replaces it', async () => {
  const nameIn = async (language: Language) =>
    z.object({ name: z.string() }).parse(await read('/services/echo', language)).name
  await admin.change('echo', { name: 'Echo chamber' })
  expect([await nameIn('zh'), await nameIn('en')]).toEqual(['译：回声', 'Echo chamber'])
  await admin.change('echo', { name: 'Mine' })
  expect([await nameIn('zh'), await nameIn('en')]).toEqual(['Mine', 'Mine'])
  const deployed = await admin.deploy('echo', { service_config: { name: 'Echo chamber' } })
  expect(deployed.state).toBe('succeeded')
  expect([await nameIn('zh'), await nameIn('en')]).toEqual(['译：回声', 'Echo chamber'])
})

test('an algorithm whose title and description are sent back in English keeps both languages', async () => {
  const change = { name: 'Echo chamber', description: 'What it does' }
  await admin.call('PATCH', '/algorithms/echo', json, { json: change })
  expect(await read('/algorithms/echo', 'zh')).toMatchObject({ name: '译：回声', description: '译：说明' })
})

test.each(['chamber', '回声', 'CHAMBER'])(
  'searching for %s finds it, whatever the language',
  async (word) => {
    const total = z.object({ total: z.number() })
    const q = `?q=${encodeURIComponent(word)}`
    expect(total.parse(await read(`/services${q}`, 'zh')).total).toBe(1)
    expect(total.parse(await read(`/algorithms${q}`, 'en')).total).toBe(1)
    // The codes of the languages are not searched.
    expect(total.parse(await read('/services?q=en', 'en')).total).toBe(0)
  },
)

test('a release with other translations is shown with them once it serves', async () => {
  await admin.publish('echo', translated({ ...english, '译：回声': 'Echo hall' }))
  const { items } = z
    .object({ items: z.array(z.object({ name: z.string() })) })
    .parse(await read('/services', 'en'))
  expect(items.map(({ name }) => name)).toEqual(['Echo hall'])
  expect(await read('/algorithms/echo', 'en')).toMatchObject({ name: 'Echo hall' })
})

test('an upload with a misspelt text gets a warning, and is stored', async () => {
  const { warnings } = await admin.upload(translated({ 回音: 'Echo' }), { algorithm_id: 'echo' })
  expect(warnings).toMatchObject([{ code: 'manifest.translation_unused', path: 'algorithm.yaml' }])
})
