import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  asset,
  pageOf,
  serviceApiEndpoints,
  shareEndpoints,
  showcaseItem,
  stage,
  type Json,
} from '@vitrine/contract'
import { z } from 'zod'
import type { ApiClient } from '../support/api-client.ts'
import { multipart } from '../support/multipart.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { flaskApp } from './own-server-packages.ts'
import { apiApp, pageApp } from './stage-packages.ts'
import { onePixel } from '../support/one-pixel.ts'

// These packages are installed from the package indexes, as they are for people.
const longTest = 240_000
let platform: TestPlatform
let admin: ApiClient

beforeAll(async () => {
  platform = await startPlatform()
  admin = await platform.admin()
  await admin.publish('measures', apiApp())
}, 400_000)
afterAll(() => platform?.dispose(), 180_000)

const stageAt = (id: string) => admin.get(`/showcase/${id}`, stage)
const operationOf = (path: string, method = 'POST') =>
  admin.get(
    `/services/measures/api/operation?method=${method}&path=${encodeURIComponent(path)}`,
    serviceApiEndpoints['GET /services/{id}/api/operation'].response,
  )
const testCall = (json: unknown) =>
  admin.post('/services/measures/api/try', serviceApiEndpoints['POST /services/{id}/api/try'].response, json)
const map = (json: unknown) =>
  admin.call('PUT', '/services/measures/api', z.object({ input: z.unknown(), parameters: z.unknown() }), {
    json,
  })
const runOn = async (input: Json, parameters: Record<string, Json> = {}, service_id = 'measures') => {
  const { run_id } = await admin.post('/runs', z.object({ run_id: z.string() }), {
    service_id,
    input_data: [input],
    parameters,
  })
  return admin.runEnd(run_id)
}
const uploadPicture = async () => {
  const form = await multipart({ media: { name: 'pixel.png', bytes: new Uint8Array(onePixel) } })
  return (await admin.call('POST', '/assets', asset, { form })).id
}

test(
  'an app with a page of its own has it on the stage, and one with neither a page nor the contract says so',
  async () => {
    await admin.publish('page', pageApp)
    await admin.publish('flask', flaskApp)
    const { front_port: port, front_host: host } = await admin.service('page')
    expect(await stageAt('page')).toMatchObject({
      way: 'page',
      page: { path: '/ai/page/', front: { host, port }, framed: true, auth: 'required' },
    })
    expect(await stageAt('flask')).toMatchObject({ way: 'none', page: null, may_map: true })
    const { items } = await admin.get('/showcase', pageOf(showcaseItem))
    expect(Object.fromEntries(items.map(({ service_id, way }) => [service_id, way]))).toMatchObject({
      page: 'page',
      flask: 'none',
    })
  },
  longTest,
)

test(
  'a file, an enumeration and a number of a FastAPI operation become input and parameters, and a run of them works',
  async () => {
    expect((await stageAt('measures')).way).toBe('none')
    const api = await admin.get(
      '/services/measures/api',
      serviceApiEndpoints['GET /services/{id}/api'].response,
    )
    expect(api).toMatchObject({ source: '/openapi.json', title: 'Measures', total: 3, current: null })
    const { suggestion } = await operationOf('/v1/measure')
    expect(suggestion).toMatchObject({
      body: 'multipart',
      fields: [{ name: 'picture', value: { kind: 'image' } }, {}, {}],
    })
    const asset_id = await uploadPicture()
    const answered = await testCall({ operation: suggestion, input: { asset_id }, parameters: { limit: 1 } })
    expect(answered).toMatchObject({ status: 200, answer: { took: 1 }, prediction: { status: 'succeeded' } })
    const [answer] = answered.suggestions
    expect(answer).toEqual({ kind: 'classification', path: ['results'], label: 'class', score: 'confidence' })
    const example = { name: 'A pixel', input: { asset_id }, parameters: { limit: 1 } }
    await map({ operation: { ...suggestion, answer }, example })
    const shown = await stageAt('measures')
    expect(shown).toMatchObject({
      way: 'run',
      examples: [{ name: 'A pixel', input_data: [{ asset_id }], preview_asset_id: asset_id }],
      manifest: {
        input: { 'x-kind': 'image', description: 'A picture of any size' },
        parameters: {
          properties: { order: { enum: ['best', 'worst'], default: 'best' }, limit: { maximum: 3 } },
        },
        output: { 'x-kind': 'classification' },
      },
    })
    const run = await runOn({ asset_id }, { order: 'worst', limit: 2 })
    expect(run).toMatchObject({ status: 'succeeded', error: null })
    expect(run.result?.predictions[0]?.outputs).toEqual([
      {
        kind: 'classification',
        data: [
          { label: 'large', score: onePixel.length / 1000 },
          { label: 'small', score: 0.1 },
        ].toSorted((a, b) => a.score - b.score),
      },
    ])
  },
  longTest,
)

test(
  'a run with a value outside of the API’s own schema is refused before it starts, and a refusal of the service is the run’s failure',
  async () => {
    const asset_id = await uploadPicture()
    await expect(runOn({ asset_id }, { limit: 9 })).rejects.toMatchObject({ status: 422 })
    const form = await multipart({
      media: { name: 'note.txt', bytes: new TextEncoder().encode('no picture') },
    })
    const note = await admin.call('POST', '/assets', asset, { form })
    const run = await runOn({ asset_id: note.id })
    expect(run.status).toBe('failed')
    expect(run.result?.predictions[0]?.error?.message).toContain('HTTP 415：note.txt is no PNG')
  },
  longTest,
)

test(
  'a visitor of a share link runs the chosen operation, and sees nothing of how it is called',
  async () => {
    const link = await admin.post('/shares', z.object({ token: z.string() }), {
      kind: 'stage',
      target_id: 'measures',
      may_run: true,
    })
    const visitor = admin.with(null)
    const at = `/public/shares/${link.token}`
    const share = await visitor.get(at, shareEndpoints['GET /public/shares/{token}'].response)
    expect(share.stage).toMatchObject({ way: 'run', page: null, may_map: false })
    expect(JSON.stringify(share)).not.toContain('/v1/measure')
    const [example] = share.stage?.examples ?? []
    const answer = await visitor.request('POST', `${at}/runs`, {
      json: { input_data: example?.input_data, parameters: { limit: 1 } },
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    expect(answer.status).toBe(202)
    const cookie = String(answer.headers.getSetCookie()[0]?.split(';')[0])
    const { run_id } = z.object({ run_id: z.string() }).parse(await answer.json())
    const run = await admin.runEnd(run_id)
    expect(run.status).toBe('succeeded')
    const seen = await visitor.request('GET', `${at}/runs/${run_id}`, { headers: { cookie } })
    expect(await seen.json()).toMatchObject({
      result: { predictions: [{ outputs: [{ kind: 'classification' }] }] },
    })
  },
  longTest,
)

test(
  'a picture that an operation answers with is stored with the run, and a text of a visitor cannot lead to another path',
  async () => {
    const { suggestion } = await operationOf('/v1/square/{name}', 'GET')
    expect(suggestion?.fields).toMatchObject([{ place: 'path', value: { kind: 'text' } }])
    // The document of this operation says JSON, as FastAPI's does for every plain response. Its answer shows what it is.
    const [answer] = (await testCall({ operation: suggestion, input: 'blue' })).suggestions
    expect(answer).toEqual({ kind: 'image', path: [] })
    await map({ operation: { ...suggestion, answer } })
    const run = await runOn('red')
    const data = z
      .object({ url: z.string(), mime: z.string() })
      .parse(run.result?.predictions[0]?.outputs[0]?.data)
    expect(data).toMatchObject({ mime: 'image/png', url: expect.stringContaining(`/runs/${run.id}/files/`) })
    const picture = await admin.request('GET', `/${data.url}`)
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png'])
    const elsewhere = await runOn('../words')
    expect(elsewhere.result?.predictions[0]?.error?.message).toContain('HTTP 404')
    expect((await runOn('..')).result?.predictions[0]?.error?.code).toBe('input.invalid')
  },
  longTest,
)

test(
  'a mapping that would always fail is refused with its field, and the next release goes on with one that still fits',
  async () => {
    const { suggestion } = await operationOf('/v1/measure')
    const without = { ...suggestion, fields: suggestion?.fields.filter(({ name }) => name !== 'picture') }
    const noInput = [{ name: 'limit', place: 'body', send: 'value', value: { from: 'input', kind: 'json' } }]
    await expect(map({ operation: { ...without, fields: noInput } })).rejects.toMatchObject({
      code: 'service_api.misfit',
      details: { why: 'missing', field: 'picture' },
    })
    await map({ operation: suggestion })
    await admin.publish('measures', { ...apiApp(), 'README.md': 'a second version\n' })
    expect(await stageAt('measures')).toMatchObject({ way: 'run', mapped: true })
    await admin.upload(apiApp({ uploads: '/v2/measure' }), { algorithm_id: 'measures' })
    const moved = await admin.deploy('measures')
    expect(moved.steps.find(({ name }) => name === 'verify')?.message).toContain('/v1/measure 已不存在')
    expect((await stageAt('measures')).way).toBe('none')
  },
  longTest,
)
