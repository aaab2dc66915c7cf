import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endpoints, type ApiEndpoint, type EndpointKey } from '@vitrine/contract'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { parse } from 'yaml'
import { z } from 'zod'
import { addOpenApi, docsPath } from './openapi.ts'
import { addRoute, apiPrefix } from './route.ts'

let app: FastifyInstance

const isKey = (key: string): key is EndpointKey => key in endpoints
const streams = Object.keys(endpoints)
  .filter(isKey)
  .flatMap((key) => {
    const spec: ApiEndpoint = endpoints[key]
    return spec.events ? [{ key, names: Object.keys(spec.events) }] : []
  })

beforeAll(async () => {
  app = Fastify()
  app.setValidatorCompiler(validatorCompiler).setSerializerCompiler(serializerCompiler)
  await addOpenApi(app, { version: '1.0.0', publicUrl: 'https://vitrine.example' })
  for (const { key } of streams)
    addRoute(app, key, () => Promise.reject(new Error('only its document is read')))
  await app.ready()
})
afterAll(() => app.close())

const documentOf = z.object({ tags: z.array(z.object({ name: z.string(), 'x-displayName': z.string() })) })

test('every part of the API has a title in its documentation', async () => {
  const { tags } = documentOf.parse((await app.inject(`${apiPrefix}/openapi.json`)).json())
  const parts = new Set(Object.keys(endpoints).map((key) => key.split('/')[1]))
  expect(tags.map(({ name }) => name).toSorted()).toEqual([...parts].toSorted())
})

test('the document names the public URL as the server', async () => {
  expect((await app.inject(`${apiPrefix}/openapi.json`)).json().servers).toEqual([
    { url: 'https://vitrine.example' },
  ])
})

const named = z.object({ enum: z.tuple([z.string()]) }).transform(({ enum: [name] }) => name)
const eventForms = z.object({
  anyOf: z.array(
    z.object({ properties: z.object({ event: named, data: z.record(z.string(), z.unknown()) }) }),
  ),
})

test('the events of every stream are in the document, by their names and with the forms of their data', async () => {
  const { paths } = (await app.inject(`${apiPrefix}/openapi.json`)).json()
  expect(streams).not.toEqual([])
  for (const { key, names } of streams) {
    const [method = '', path = ''] = key.split(' ')
    const { content } = paths[apiPrefix + path][method.toLowerCase()].responses['200']
    const forms = eventForms.parse(content['text/event-stream'].schema).anyOf
    expect([key, forms.map(({ properties }) => properties.event)]).toEqual([key, names])
    for (const { properties } of forms) expect(properties.data).not.toEqual({})
  }
})

test('the documentation page loads nothing from another server', async () => {
  const { statusCode, payload } = await app.inject(`${docsPath}/`)
  expect(statusCode).toBe(200)
  expect(payload).toMatch(/"agent":\s*{\s*"disabled":\s*true/)
  expect(payload).toMatch(/"hideClientButton":\s*true/)
  expect(payload).toMatch(/"showDeveloperTools":\s*"never"/)
})

test('the documentation page serves the same document beside itself, as JSON and as YAML', async () => {
  const document = (await app.inject(`${apiPrefix}/openapi.json`)).json()
  const json = await app.inject(`${docsPath}/openapi.json`)
  expect([json.statusCode, json.json()]).toEqual([200, document])
  const yaml = await app.inject(`${docsPath}/openapi.yaml`)
  expect([yaml.statusCode, parse(yaml.payload)]).toEqual([200, document])
})
