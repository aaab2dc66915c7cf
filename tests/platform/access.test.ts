import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  apiKeyScopes,
  endpoints,
  outputName,
  pageOf,
  rolePermissions,
  rowNumberText,
  scopePermissions,
  service,
  slug,
  type ApiEndpoint,
} from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, testPassword, type TestPlatform } from '../support/platform.ts'
import { grantCases } from './grants.cases.ts'
import { oddBodies, oddNames, oddQueries } from './odd-values.ts'
import { echo } from './packages.ts'

const longTest = 120_000
let platform: TestPlatform
let admin: ApiClient
let owner: ApiClient
let other: ApiClient
let viewer: ApiClient

beforeAll(async () => {
  platform = await startPlatform()
  admin = await platform.admin()
  owner = await platform.person('owner', 'user')
  other = await platform.person('other', 'user')
  viewer = await platform.person('viewer', 'viewer')
  await owner.publish('owned', echo())
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

type Route = { key: string; method: string; path: string; spec: ApiEndpoint }
const routes: Route[] = Object.entries(endpoints).map(([key, spec]) => {
  const [method = '', path = ''] = key.split(' ')
  return { key, method, path, spec }
})
const unknownSlug = 'no-such-thing'
const unknownRow = '00000000-0000-4000-8000-00000000dead'
const unknownFile = 'd'.repeat(64)
const unknownNumber = '2147483647'

/** A valid value of a path parameter that names nothing. */
function unknown(spec: ApiEndpoint, name: string): string {
  const schema: unknown = spec.params?.shape[name]
  if (schema === outputName) return unknownFile
  if (schema === rowNumberText) return unknownNumber
  return schema === slug ? unknownSlug : unknownRow
}
const withParams = ({ path, spec }: Route, value: (name: string) => string = (name) => unknown(spec, name)) =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(value(name)))

async function statusOf(client: ApiClient, method: string, path: string, json?: unknown): Promise<number> {
  const abort = new AbortController()
  const response = await client.request(method, path, { json, signal: abort.signal })
  // A stream would not end.
  abort.abort()
  return response.status
}

const closed = routes.filter(({ spec }) => spec.access !== 'public')

test.each(closed)('$key is refused without sign-in', async (route) => {
  expect(await statusOf(platform.anonymous(), route.method, withParams(route))).toBe(401)
})

/** Callers with what they may do: people of each role, also of a custom one, and keys of an administrator with each scope. */
async function callersOf(): Promise<{ name: string; client: ApiClient; may: ReadonlySet<string> }[]> {
  const id = z.object({ id: z.string() })
  const custom = ['audit.read', 'services.read', 'services.operate'] as const
  const { id: custom_role_id } = await admin.post('/roles', id, { name: 'matrix', permissions: custom })
  const username = 'custom'
  await admin.post('/users', id, { username, password: testPassword, role: 'viewer', custom_role_id })
  const signedIn = z.object({ access_token: z.string() })
  const login = { username, password: testPassword }
  const { access_token } = await platform.anonymous().post('/auth/login', signedIn, login)
  const keys = apiKeyScopes.map(async (scope) => {
    const made = await admin.post('/api-keys', z.object({ key: z.string() }), {
      name: scope,
      scopes: [scope],
    })
    return { name: `key ${scope}`, client: admin.with(made.key), may: scopePermissions[scope] }
  })
  return [
    { name: 'viewer', client: viewer, may: rolePermissions.viewer },
    { name: 'user', client: owner, may: rolePermissions.user },
    { name: 'admin', client: admin, may: rolePermissions.admin },
    { name: 'custom role', client: admin.with(access_token), may: new Set<string>(custom) },
    ...(await Promise.all(keys)),
  ]
}
let callers: Awaited<ReturnType<typeof callersOf>> = []

describe('whoever lacks the permission of a route', () => {
  beforeAll(async () => {
    callers = await callersOf()
  }, longTest)

  test.each(closed)(
    'is refused at $key',
    async (route) => {
      const { access } = route.spec
      const refused = callers.filter(({ may }) => access !== 'self' && !may.has(access))
      for (const { name, client } of refused)
        expect([name, await statusOf(client, route.method, withParams(route))]).toEqual([name, 403])
    },
    longTest,
  )
})

test('the OpenAPI document lists every route of the contract', async () => {
  const document = await platform
    .anonymous()
    .get('/openapi.json', z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) }))
  const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace('/api/v1', '')}`),
  )
  expect(listed).toEqual(expect.arrayContaining(routes.map(({ key }) => key)))
})

describe('permissions of each role', () => {
  const forbidden: [string, string, unknown?][] = [
    ['POST', '/services/deploy', { algorithm_id: 'owned' }],
    ['POST', '/services/start/owned'],
    ['POST', '/services/stop/owned'],
    ['POST', '/services/restart/owned'],
    ['DELETE', '/services/owned'],
    ['PATCH', '/services/owned', { name: 'x' }],
    ['GET', '/services/logs/owned'],
    ['GET', '/services/owned/logs/stream'],
    ['GET', '/algorithms'],
    ['GET', '/algorithms/owned'],
    ['GET', '/algorithms/owned/files'],
    ['GET', '/algorithms/owned/commits'],
    ['GET', '/algorithms/owned/archive'],
    ['GET', '/ports'],
    ['GET', '/users'],
    ['GET', '/audit'],
  ]
  test.each(forbidden)('a viewer may not %s %s', async (method, path, json) => {
    expect(await statusOf(viewer, method, path, json)).toBe(403)
  })

  test('a viewer sees services and the showcase, and runs', async () => {
    const { items } = await viewer.get('/services', pageOf(service))
    expect(items.find(({ id }) => id === 'owned')).toMatchObject({ status: 'RUNNING', may_operate: false })
    expect(await statusOf(viewer, 'GET', '/showcase')).toBe(200)
    expect(await statusOf(viewer, 'GET', '/showcase/owned')).toBe(200)
    expect(await statusOf(viewer, 'POST', '/runs', { service_id: 'owned', input_data: ['x'] })).toBe(202)
    expect((await viewer.predict('owned', ['x'])).status).toBe(200)
  })

  test('a user operates only their own services', async () => {
    expect((await other.service('owned')).may_operate).toBe(false)
    for (const action of ['start', 'stop', 'restart'])
      expect(await statusOf(other, 'POST', `/services/${action}/owned`)).toBe(403)
    expect(await statusOf(other, 'DELETE', '/services/owned')).toBe(403)
    expect(await statusOf(other, 'PATCH', '/services/owned', { name: 'mine' })).toBe(403)
    expect(await statusOf(other, 'POST', '/services/deploy', { algorithm_id: 'owned' })).toBe(403)
    expect(await statusOf(other, 'GET', '/users')).toBe(403)
    expect((await owner.operate('restart', 'owned')).state).toBe('succeeded')
  })

  test('an administrator operates everything', async () => {
    expect((await admin.service('owned')).may_operate).toBe(true)
    expect((await admin.operate('restart', 'owned')).state).toBe('succeeded')
  })

  test('a task and a run of another person do not exist for a user', async () => {
    const task = await owner.operate('restart', 'owned')
    expect(await statusOf(other, 'GET', `/tasks/${task.id}`)).toBe(404)
    expect(await statusOf(other, 'GET', `/tasks/${task.id}/events`)).toBe(404)
    expect(await statusOf(other, 'POST', `/tasks/${task.id}/cancel`)).toBe(404)
    const { run_id: id } = await owner.post('/runs', z.object({ run_id: z.string() }), {
      service_id: 'owned',
      input_data: ['x'],
    })
    expect(await statusOf(other, 'GET', `/runs/${id}`)).toBe(404)
    expect(await statusOf(admin, 'GET', `/runs/${id}`)).toBe(200)
  })
})

describe('grants for the services of a group', () => grantCases(() => ({ platform, admin, owner })))

describe('odd input', () => {
  /** Leaves out requests that would end the session of the test or use up its sign-in attempts. */
  const isSafe = ({ path }: Route) => !path.startsWith('/auth/') && path !== '/setup'
  const named = routes.filter((route) => route.spec.params && isSafe(route))
  /** Nothing is known or unknown in Gitea before a server is set up (409), and keys of the configuration have a form (422). */
  const isHere = ({ path }: Route) => !path.startsWith('/gitea/') && !path.includes('{key}')
  const reads = named.filter(
    (route) => route.method === 'GET' && route.spec.access !== 'public' && isHere(route),
  )

  /** Query parameters that some routes need. */
  const asked: Partial<Record<string, string>> = {
    'GET /services/{id}/releases/diff': '?from=1&to=2',
    'GET /algorithms/{id}/diff': '?to=1',
    'GET /algorithms/{id}/blame': '?path=main.py',
    'GET /services/{id}/api/operation': '?method=POST&path=/unknown',
  }

  test.each(reads)('$key of something unknown is 404', async (route) => {
    const path = withParams(route) + (asked[route.key] ?? '')
    expect(await statusOf(admin, route.method, path)).toBe(404)
  })

  test.each(reads)('$key of an invalid name is 422', async (route) => {
    expect(
      await statusOf(
        admin,
        route.method,
        withParams(route, () => 'Ünïcode ☃'),
      ),
    ).toBe(422)
  })

  test.each(routes.filter(isSafe))(
    '$key never answers 5xx',
    async (route) => {
      const problems: string[] = []
      const note = async (path: string, json?: unknown) => {
        const status = await statusOf(admin, route.method, path, json)
        // A 503 with its code is valid: the service cannot run now.
        if (status >= 500 && status !== 503) problems.push(`${status} ${path} ${JSON.stringify(json)}`)
      }
      for (const query of oddQueries) await note(`${withParams(route)}?${query}`)
      if (route.spec.params) for (const name of oddNames) await note(withParams(route, () => name))
      if (route.method !== 'GET' && route.method !== 'HEAD')
        for (const body of oddBodies) await note(withParams(route), body)
      expect(problems).toEqual([])
    },
    longTest,
  )
})

test.each(['using.md', 'using.en.md'])(
  'the example with curl in %s uploads, deploys, waits and predicts with a key for deploying',
  async (guide) => {
    const text = await readFile(join(import.meta.dirname, '../../docs/guide', guide), 'utf8')
    const [example] = /(?<=```bash\n)[^`]*mkdir -p my-echo[^`]*/.exec(text) ?? []
    const { key } = await owner.post('/api-keys', z.object({ key: z.string() }), {
      name: guide,
      scopes: ['deploy'],
    })
    const script = `set -euo pipefail\n${example?.replace('http://127.0.0.1:8000', platform.origin)}`
    const { stdout } = await promisify(execFile)('bash', ['-c', script], {
      cwd: platform.dataFolder,
      env: { ...process.env, KEY: key },
    })
    expect(stdout).toContain('"state":"succeeded"')
    expect(stdout).toContain('HELLO')
  },
  longTest,
)
