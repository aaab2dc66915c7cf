import { and, eq } from 'drizzle-orm'
import { Readable } from 'node:stream'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { emptyPresentation } from '@vitrine/contract'
import { addWebPages } from '../../http/web-pages.ts'
import { releases } from '../releases/releases.tables.ts'
import { visitorActor } from './shares.visits.ts'
import { embeddersOf, previewShare } from './shares.preview.ts'
import { openSharesWorld } from './shares.test-world.ts'
import { shares } from './shares.tables.ts'

/** The page in the source. `tests/platform/compare-and-share.test.ts` tests the built page. */
const webFolder = join(import.meta.dirname, '..', '..', '..', '..', 'web')
const product = '智能算法展示平台 · Vitrine'
const password = 'open sesame'
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAwS2OUAAAAABJRU5ErkJggg==',
  'base64',
)

let world: Awaited<ReturnType<typeof openSharesWorld>>
let picture = ''
/** The name that administrators gave the platform. */
let platformName: string | null = null
let databaseIsAway = false

/** Gives a service one demo input. */
const showInput = (input_data: [string | { asset_id: string }]) =>
  world.db
    .update(releases)
    .set({ examples: [{ name: 'demo', input_data, parameters: {}, preview_asset_id: null }] })
    .where(and(eq(releases.serviceId, 'echo'), eq(releases.number, 2)))

beforeAll(async () => {
  world = await openSharesWorld()
  await addWebPages(world.app, {
    folder: webFolder,
    name: () => platformName,
    previewOfShare: (token, language) =>
      databaseIsAway ? Promise.reject(new Error('no database')) : previewShare(world.deps, token, language),
    embeddersOfShare: (token) =>
      databaseIsAway ? Promise.reject(new Error('no database')) : embeddersOf(world.deps, token),
  })
  await world.addService('echo')
  const { token } = await world.link({ kind: 'stage', target_id: 'echo' })
  const [share] = await world.db.select().from(shares)
  if (!share) throw new Error(`no link ${token}`)
  const visitor = await world.deps.shares.addVisitor({
    passwordHash: null,
    shareId: share.id,
    secretHash: 'none',
    createdAt: new Date(),
  })
  const actor = visitorActor(share, visitor)
  picture = (await world.deps.keepUpload({ actor, name: 'dot.png', content: Readable.from([dot]) })).id
  await showInput([{ asset_id: picture }])
})
afterAll(() => world.close())

const stage = { kind: 'stage', target_id: 'echo', title: 'For you', text: 'What it can do' }

/** The head of a page, as readers of previews get it. */
async function headOf(path: string, headers: Record<string, string> = {}) {
  const answer = await world.app.inject({ url: path, headers })
  const meta = (name: string) =>
    new RegExp(`<meta (?:name|property)="${name}" content="([^"]*)"`).exec(answer.body)?.[1] ?? null
  return {
    answer,
    title: /<title>([^<]*)<\/title>/.exec(answer.body)?.[1],
    ogTitle: meta('og:title'),
    description: meta('description'),
    ogDescription: meta('og:description'),
    type: meta('og:type'),
    site: meta('og:site_name'),
    name: meta('application-name'),
    image: meta('og:image'),
  }
}

const isTheProductsOwn = async (path: string) => {
  const head = await headOf(path)
  expect(head).toMatchObject({ title: product, ogTitle: product, image: null, type: 'website' })
  return head.answer.body
}

test('a link’s page has the link’s texts and a picture that everybody with the link can load', async () => {
  const { token, views } = await world.link(stage)
  const head = await headOf(`/s/${token}`, {
    'x-forwarded-host': 'show.example',
    'x-forwarded-proto': 'https',
  })
  expect(head).toMatchObject({ title: 'For you', ogTitle: 'For you', type: 'website' })
  expect(head).toMatchObject({ description: 'What it can do', ogDescription: 'What it can do' })
  expect(head.image).toMatch(new RegExp(`^https://show.example/api/v1/public/shares/${token}/assets/`))
  const { headers } = head.answer
  expect([headers['content-type'], headers['cache-control']]).toEqual([
    'text/html; charset=utf-8',
    'private, no-cache',
  ])
  const loaded = await world.app.inject(new URL(head.image ?? '').pathname + '?variant=poster')
  expect([loaded.statusCode, loaded.headers['content-type']]).toEqual([200, 'image/png'])
  expect(views).toBe(0)
  const listed = (await world.send('user', 'GET', `/shares?q=${stage.title}`)).json().items
  expect(listed.map((each: { views: number }) => each.views)).toEqual([0])
})

test('every page has the name that administrators gave the platform, and a link its own words beside it', async () => {
  const own = await headOf('/services')
  expect(own).toMatchObject({ title: product, name: null })
  platformName = '<视觉> "组"'
  const shown = '&lt;视觉&gt; &quot;组&quot;'
  for (const path of ['/', '/services', '/index.html'])
    expect(await headOf(path)).toMatchObject({ title: shown, ogTitle: shown, site: shown, name: shown })
  const { token } = await world.link(stage)
  expect(await headOf(`/s/${token}`)).toMatchObject({ title: 'For you', site: shown, name: shown })
  platformName = null
})

test('texts of people are escaped', async () => {
  const evil = `"><script>alert('$&')</script>`
  const { token } = await world.link({ ...stage, title: evil, text: `${evil}\n${'长'.repeat(500)}` })
  const { answer, title, ogTitle, ogDescription } = await headOf(`/s/${token}`)
  expect(answer.body).not.toContain('<script>alert')
  const shown = '&quot;&gt;&lt;script&gt;alert(&#39;$&amp;&#39;)&lt;/script&gt;'
  expect([title, ogTitle]).toEqual([shown, shown])
  expect(ogDescription).toMatch(/&lt;\/script&gt; 长+…$/)
})

test('a link without its own texts has the title of what it shows', async () => {
  const bare = { title: '', text: '' }
  const untold = await headOf(`/s/${(await world.link({ ...stage, ...bare })).token}`)
  expect(untold).toMatchObject({ title: 'echo', ogTitle: 'echo' })
  expect(untold.description).toBe(untold.ogDescription)
  expect(untold.description).toContain('API')
  const run = await world.start('user', { service_id: 'echo', input_data: ['words'] })
  await world.ended(run)
  const ofRun = await headOf(`/s/${(await world.link({ kind: 'run', target_id: run, ...bare })).token}`)
  expect(ofRun).toMatchObject({ title: 'echo', image: null })
  const made = await world.send('user', 'POST', '/comparisons', {
    input: { input_data: ['words'] },
    title: 'Two at once',
    targets: [{ service_id: 'echo' }, { service_id: 'echo', release: 1 }],
  })
  const target_id: string = made.json().comparison_id
  const compared = await headOf(`/s/${(await world.link({ kind: 'comparison', target_id, ...bare })).token}`)
  expect(compared).toMatchObject({ title: 'Two at once', image: null })
})

test('a link without its own texts has those of the presentation of its stage', async () => {
  const { presentations } = world
  const change = { serviceId: 'echo', by: 'user-tester', at: new Date() }
  const presentation = { ...emptyPresentation, title: { zh: '回声' }, line: { zh: '听到什么说什么' } }
  await presentations.setDraft({ ...change, basedOn: 0 }, presentation)
  await presentations.publish({ ...change, basedOn: 1 })
  const head = await headOf(`/s/${(await world.link({ ...stage, title: '', text: '' })).token}`)
  expect(head).toMatchObject({ title: '回声', ogTitle: '回声', description: '听到什么说什么' })
  await presentations.setDraft({ ...change, basedOn: 2 }, emptyPresentation)
  await presentations.publish({ ...change, basedOn: 3 })
})

test('a link to a result does not have the name of a later service with the same ID', async () => {
  await world.addService('replaced')
  const target = await world.start('user', { service_id: 'replaced', input_data: ['a'] })
  await world.ended(target)
  const { token } = await world.link({ kind: 'run', target_id: target })
  const titled = async () => (await previewShare(world.deps, token, 'zh'))?.title
  expect(await titled()).toBe('replaced')
  await world.instances.runner.remove('replaced-r2-1')
  await world.running.services.delete('replaced')
  await world.addService('replaced', { starts: false })
  expect(await titled()).toBe('')
})

test('a demo input that is not a picture gives no preview picture', async () => {
  await showInput(['words'])
  const { token } = await world.link(stage)
  expect(await headOf(`/s/${token}`)).toMatchObject({ title: 'For you', image: null })
  await showInput([{ asset_id: picture }])
})

test('a link with a password reveals nothing of what it shows', async () => {
  const secret = { ...stage, title: 'Secret title', text: 'Secret text' }
  const locked = await world.link({ ...secret, password })
  const revoked = await world.link(secret)
  await world.send('user', 'DELETE', `/shares/${revoked.id}`)
  const usedUp = await world.link({ ...secret, may_run: true, max_runs: 1 })
  await world.visitor(usedUp.token).run()
  const expired = await world.link({ ...secret, expires_at: world.inAnHour() })
  world.passDays(1)
  for (const { token } of [locked, revoked, usedUp, expired])
    expect(await isTheProductsOwn(`/s/${token}`)).not.toContain('Secret')
})

test('an unknown link, a stage (which needs sign-in) and every other page describe the product', async () => {
  for (const path of [`/s/${'x'.repeat(43)}`, '/s/short', '/stage/echo', '/services/echo', '/'])
    expect(await isTheProductsOwn(path)).not.toMatch(/content="[^"]*echo/)
})

test('the page is sent even if its preview cannot be read', async () => {
  const { token } = await world.link(stage)
  onTestFinished(() => void (databaseIsAway = false))
  databaseIsAway = true
  await isTheProductsOwn(`/s/${token}`)
})
