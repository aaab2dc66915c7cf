import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endpoints } from '@vitrine/contract'
import { parse } from 'yaml'
import { z } from 'zod'
import { addOpenApi, docsPath } from './openapi.ts'
import { apiPrefix } from './route.ts'

let app: FastifyInstance

beforeAll(async () => {
  app = Fastify()
  await addOpenApi(app, { version: '1.0.0', publicUrl: 'https://vitrine.example' })
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
