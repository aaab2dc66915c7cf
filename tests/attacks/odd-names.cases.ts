import { request } from 'node:http'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { errorBody } from '@vitrine/contract'
import { expect, test } from 'vitest'
import type { InWorld } from './both-gateways.world.ts'

/** Names that one part of a platform reads as something else than another part. */
export function oddNameCases(world: InWorld): void {
  test.each([
    '/ai/hostile/../mine/',
    '/ai/mine/../hostile/',
    '/ai/hostile/%2e%2e/mine/',
    '/ai/hostile/..%2fmine/',
    '/ai/hostile/../../api/v1/auth/me',
  ])('gets 400 for the path %s', async (path) => {
    // `fetch` would resolve the path itself.
    const { port, hostname } = new URL(world().platform.origin)
    const [res] = await once(request({ hostname, port, path }).end(), 'response')
    const { error } = errorBody.parse(JSON.parse(await text(res)))
    expect([res.statusCode, error.code]).toEqual([400, 'gateway.bad_request'])
  })

  test.each(['git~1/config', 'GIT~1/config', '.git /config', '.g\u200cit/config'])(
    'gets 422 for a package with %j, which names the file',
    async (name) => {
      const { attacker } = world()
      const files = { 'main.py': 'def predict(text: str) -> str:\n    return text\n', [name]: '[core]\n' }
      const refusal = { status: 422, code: 'upload.path_is_git', details: { entry: name } }
      await expect(attacker.inspect(files)).rejects.toMatchObject(refusal)
      await expect(attacker.upload(files, { algorithm_id: 'odd' })).rejects.toMatchObject(refusal)
    },
  )
}
