import { request } from 'node:http'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { errorBody } from '@vitrine/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiClient } from '../support/api-client.ts'
import { describeGateways } from '../support/gateways.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { streamingPackage } from './revoked.package.ts'

describeGateways('somebody who sends names that others read differently', (gateway) => {
  let platform: TestPlatform
  let admin: ApiClient
  beforeAll(async () => {
    platform = await startPlatform({ environment: { VITRINE_GATEWAY: gateway } })
    admin = await platform.admin()
    await admin.publish('stream', streamingPackage)
  })
  afterAll(() => platform?.dispose())

  test.each([
    '/ai/stream/../b/',
    '/ai/b/../stream/',
    '/ai/stream/%2e%2e/b/',
    '/ai/stream/..%2fb/',
    '/ai/stream/../../api/v1/auth/me',
  ])('gets 400 for the path %s', async (path) => {
    // `fetch` would resolve the path itself.
    const { port, hostname } = new URL(platform.origin)
    const [res] = await once(request({ hostname, port, path }).end(), 'response')
    const { error } = errorBody.parse(JSON.parse(await text(res)))
    expect([res.statusCode, error.code]).toEqual([400, 'gateway.bad_request'])
  })

  test.each(['git~1/config', 'GIT~1/config', '.git /config', '.g\u200cit/config'])(
    'gets 422 for a package with %j, which names the file',
    async (name) => {
      const files = { 'main.py': 'def predict(text: str) -> str:\n    return text\n', [name]: '[core]\n' }
      const refusal = { status: 422, code: 'upload.path_is_git', details: { entry: name } }
      await expect(admin.inspect(files)).rejects.toMatchObject(refusal)
      await expect(admin.upload(files, { algorithm_id: 'odd' })).rejects.toMatchObject(refusal)
    },
  )
})
