import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { share } from '@vitrine/contract'
import { addWebPages } from '../../http/web-pages.ts'
import { randomSecret } from '../../lib/secrets.ts'
import { embeddersOf } from './shares.preview.ts'
import { openSharesWorld, refusal } from './shares.test-world.ts'

let world: Awaited<ReturnType<typeof openSharesWorld>>
let folder: string
beforeAll(async () => {
  world = await openSharesWorld()
  folder = await mkdtemp(join(tmpdir(), 'vitrine-pages-'))
  await writeFile(join(folder, 'index.html'), '<head></head>')
  await addWebPages(world.app, {
    folder,
    name: () => null,
    previewOfShare: async () => null,
    embeddersOfShare: (token) => embeddersOf(world.deps, token),
  })
  await world.addService('echo')
})
afterAll(async () => {
  await world?.close()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

const stage = { kind: 'stage', target_id: 'echo', may_run: true }
const site = 'https://www.example.com'
const headersAt = async (path: string) => (await world.app.inject({ url: path })).headers
const ancestorsAt = async (path: string) =>
  /frame-ancestors ([^;]+)/.exec(String((await headersAt(path))['content-security-policy']))?.[1]

test('no site may show a link in a frame before it is allowed', async () => {
  const made = await world.link(stage)
  expect(made.embed_origins).toEqual([])
  expect(await ancestorsAt(`/s/${made.token}`)).toBe("'none'")
  expect((await headersAt(`/s/${made.token}`))['x-frame-options']).toBe('SAMEORIGIN')
})

test('only the allowed sites may, and only this link', async () => {
  const made = await world.link({ ...stage, embed_origins: [site, 'http://10.0.0.5:8080'] })
  expect(await ancestorsAt(`/s/${made.token}?embed`)).toBe(`${site} http://10.0.0.5:8080`)
  expect((await headersAt(`/s/${made.token}?embed`))['x-frame-options']).toBeUndefined()
  const other = await world.link(stage)
  for (const path of ['/', '/services', '/s/unknown-unknown-unknown', `/s/${other.token}`])
    expect(await ancestorsAt(path)).toBe("'none'")
})

test('sites are allowed and forbidden later', async () => {
  const made = await world.link(stage)
  const set = async (embed_origins: string[]) =>
    share.parse((await world.send('user', 'PATCH', `/shares/${made.id}`, { embed_origins })).json())
  expect((await set([site])).embed_origins).toEqual([site])
  expect(await ancestorsAt(`/s/${made.token}`)).toBe(site)
  await set([])
  expect(await ancestorsAt(`/s/${made.token}`)).toBe("'none'")
})

test.each([
  '*',
  "'self'",
  'https://*.example.com',
  'https://example.com/page',
  'https://example.com;script-src *',
  'https://a.example, https://b.example',
  'javascript:alert(1)',
  'HTTPS://EXAMPLE.COM',
  'https://',
])('%j is no site that can be allowed', async (origin) => {
  const answer = await world.send('user', 'POST', '/shares', { ...stage, embed_origins: [origin] })
  expect(refusal(answer)).toEqual([422, 'request.invalid'])
  expect(answer.json().error.details.issues).toEqual([
    { path: 'embed_origins[0]', message: expect.stringContaining('https://www.example.com') },
  ])
})

test('a page without cookies runs, reads its own run and gets no cookie, and nobody else reads it', async () => {
  const { token } = await world.link(stage)
  const framed = world.visitor(token, undefined, randomSecret())
  const begun = await framed.run()
  expect([begun.statusCode, begun.cookies]).toEqual([202, []])
  const { run_id } = begun.json()
  expect((await framed.ended(run_id)).status).toBe('succeeded')
  expect(refusal(await world.visitor(token).send(`/runs/${run_id}`))).toEqual([404, 'run.not_found'])
  const other = world.visitor(token, undefined, randomSecret())
  expect(refusal(await other.send(`/runs/${run_id}`))).toEqual([404, 'run.not_found'])
})

test('a page without cookies opens a link with its password, also after the password was changed', async () => {
  const made = await world.link({ ...stage, password: 'the first' })
  const framed = world.visitor(made.token, undefined, randomSecret())
  expect(refusal(await framed.send(''))).toEqual([401, 'share.locked'])
  await framed.send('/unlock', { payload: { password: 'the first' } })
  expect((await framed.send('')).statusCode).toBe(200)
  await world.send('user', 'PATCH', `/shares/${made.id}`, { password: 'the second' })
  expect(refusal(await framed.send(''))).toEqual([401, 'share.locked'])
  await framed.send('/unlock', { payload: { password: 'the second' } })
  expect((await framed.send('')).statusCode).toBe(200)
})

test('the same secret at another link is another visitor, and one of another form opens nothing', async () => {
  const [one, two] = [await world.link(stage), await world.link(stage)]
  const secret = randomSecret()
  const [first, second] = [one, two].map(({ token }) => world.visitor(token, undefined, secret))
  const { run_id } = (await first?.run())?.json() ?? {}
  expect((await second?.run())?.statusCode).toBe(202)
  await world.ended(run_id)
  expect((await second?.send(`/runs/${run_id}`))?.statusCode).toBe(404)
  for (const odd of ['short', `${secret}x`, `${secret.slice(1)}!`])
    expect(refusal(await world.visitor(one.token, undefined, odd).send(''))).toEqual([404, 'share.not_found'])
})

test('a page that makes a secret for each run is still counted as one address', async () => {
  const { token } = await world.link(stage)
  const begun = Array.from({ length: 12 }, () => world.visitor(token, '192.0.2.77', randomSecret()).run())
  const statuses = (await Promise.all(begun)).map(({ statusCode }) => statusCode)
  expect(statuses.filter((status) => status === 429)).toHaveLength(2)
})
