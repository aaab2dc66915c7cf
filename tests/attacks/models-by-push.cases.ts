import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { modelEndpoints, pipeline } from '@vitrine/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { gitClient } from '../../apps/server/src/modules/git-host/git-client.test-setup.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { setConfig } from '../platform/ask-config.ts'
import { multipart } from '../support/multipart.ts'
import type { TestPlatform } from '../support/platform.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { TusClient, uploadIdOf } from '../support/tus-client.ts'
import { hostileShell, runInside } from './shell.package.ts'

const secret = Buffer.from('weights of another algorithm\n'.repeat(100))
const sha256 = createHash('sha256').update(secret).digest('hex')
const keyMade = z.object({ key: z.string() })
const inspected = z.object({ warnings: z.array(z.unknown()) })
const pipelines = z.object({ items: z.array(pipeline) })

/**
 * Somebody may push to one algorithm, by a key that is limited to it or a token of its repository, and wants other weights of its owner, of
 * which they know the digest.
 */
export function modelsByPushCases(world: InWorld): void {
  let platform: TestPlatform
  let owner: ApiClient
  let pusher: ApiClient
  let home: string

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'vitrine-pusher-'))
    ;({ platform } = world())
    owner = await platform.person('is-pushed-to', 'user')
    const tus = new TusClient(owner)
    const path = await tus.begin(secret.length, 'weights.bin')
    async function* bytes() {
      yield secret
    }
    expect(await tus.send(path, 0, bytes())).toBe(204)
    await owner.post('/models', modelEndpoints['POST /models'].response, { upload_id: uploadIdOf(path) })
    await owner.publish('pushed-to', hostileShell)
    const limit = { name: 'pusher', scopes: ['deploy'], service_ids: ['pushed-to'] }
    pusher = owner.with((await owner.post('/api-keys', keyMade, limit)).key)
  }, 240_000)
  afterAll(() => rm(home, { recursive: true, force: true }))

  const naming = (digest: string, source = 'store'): PackageFiles => ({
    ...hostileShell,
    'algorithm.yaml': `${String(hostileShell['algorithm.yaml'])}models:\n  - path: other.bin\n    sha256: ${digest}\n    source: ${source}\n`,
  })
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${secret.length}\n`
  const missing = expect.objectContaining({ code: 'deploy.model_missing' })

  test.each([
    ['the manifest', naming(sha256)],
    ['a pointer of Git LFS', { ...hostileShell, 'other.bin': pointer }],
  ])('by %s, a key of this algorithm gets no other weights', async (_how, files) => {
    await pusher.upload(files, { algorithm_id: 'pushed-to' })
    await expect(pusher.beginDeploy('pushed-to')).rejects.toEqual(missing)
  })

  test('a URL that brings something else is asked, and the weights of the owner are not taken in its place', async () => {
    const source = `http://127.0.0.1:${platform.publicPort}/healthz`
    await pusher.upload(naming(sha256, source), { algorithm_id: 'pushed-to' })
    expect((await pusher.deploy('pushed-to')).error?.code).toBe('deploy.model_fetch_failed')
  })

  test('nobody is told whether the owner has a file: by an inspection, an upload, a deploy, or Git LFS', async () => {
    const none = createHash('sha256').update('a file that nobody has').digest('hex')
    const said = async (digest: string) => {
      const files = { ...naming(digest), 'about.txt': pointer.replace(sha256, digest) }
      const form = await multipart({ files, fields: { algorithm_id: 'pushed-to' } })
      const { warnings } = await pusher.call('POST', '/algorithms/inspect', inspected, { form })
      const uploaded = await pusher.upload(files, { algorithm_id: 'pushed-to' })
      const deploying = await pusher.beginDeploy('pushed-to').catch((error: unknown) => error)
      const authorization = `Basic ${Buffer.from(`any:${pusher.token}`).toString('base64')}`
      const batch = await fetch(`${platform.origin}/git/pushed-to.git/info/lfs/objects/batch`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/vnd.git-lfs+json' },
        body: JSON.stringify({ operation: 'upload', objects: [{ oid: digest, size: secret.length }] }),
      })
      const { objects } = z.object({ objects: z.array(z.unknown()) }).parse(await batch.json())
      return JSON.stringify({ warnings, said: uploaded.warnings, deploying, objects }).replaceAll(
        digest,
        'DIGEST',
      )
    }
    expect(await said(sha256)).toBe(await said(none))
  })

  /** Pushes a package with a credential in place of a password. */
  async function push(credential: string, files: Record<string, string>, branch = 'main') {
    const client = gitClient(home)
    const folder = await mkdtemp(join(home, 'clone-'))
    const url = platform.origin.replace('://', `://any:${credential}@`)
    await client(['clone', '--quiet', `${url}/git/pushed-to.git`, '.'], folder)
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
    await client(['add', '--all'], folder)
    await client(['commit', '--quiet', '-m', 'more weights'], folder)
    const { ok, output } = await client(['push', 'origin', `HEAD:${branch}`], folder)
    expect({ ok, output }).toMatchObject({ ok: true })
  }

  const newestPipeline = (serviceId: string) =>
    waitFor(
      async () => {
        const { items } = await owner.get(`/pipelines?service_id=${serviceId}`, pipelines)
        return items[0]?.finished_at ? items[0] : null
      },
      { timeoutMs: 120_000, everyMs: 100, slowingToMs: 500 },
    )

  test('what a token of the repository pushes gets no other weights from the rule of the owner, nor from their deploy of many services', async () => {
    await owner.call('PUT', '/services/pushed-to/push-deploy', z.unknown(), { json: { enabled: true } })
    const made = { name: 'ci', may_write: true }
    const { token } = await owner.post('/algorithms/pushed-to/tokens', z.object({ token: z.string() }), made)
    const yaml = String(naming(sha256)['algorithm.yaml'])
    await push(token, { 'algorithm.yaml': yaml, 'about.txt': 'pushed by a token' })
    expect(await newestPipeline('pushed-to')).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining(sha256),
    })
    const many = { action: 'deploy', service_ids: ['pushed-to'] }
    const { task_id } = await owner.post('/services/batch', z.object({ task_id: z.string() }), many)
    expect(JSON.stringify(await owner.taskEnd(task_id))).toContain('deploy.model_missing')
  }, 200_000)

  test('what a token pushes to a branch becomes a preview without the secrets and folders of the service, which asks for a sign-in although that is public', async () => {
    const token = 'a secret of the service alone'
    await setConfig(owner, 'env.MODEL_TOKEN', { service_id: 'pushed-to', value: token, secret: true })
    await owner.change('pushed-to', { auth: 'public' })
    expect(
      await runInside(platform.anonymous(), 'pushed-to', 'echo "$MODEL_TOKEN" | tee "$HOME/own.txt"'),
    ).toEqual({ code: 0, out: token })
    const rule = { enabled: true, previews: 1 }
    await owner.call('PUT', '/services/pushed-to/push-deploy', z.unknown(), { json: rule })
    const made = { name: 'branches', may_write: true }
    const repository = z.object({ token: z.string() })
    const write = await owner.post('/algorithms/pushed-to/tokens', repository, made)
    const plain = String(hostileShell['algorithm.yaml'])
    await push(write.token, { 'algorithm.yaml': plain, 'about.txt': 'a branch' }, 'trial')
    const preview = 'pushed-to--trial'
    const isMade = await waitFor(
      async () => (await owner.request('GET', `/services/${preview}`)).status === 200,
      {
        timeoutMs: 120_000,
        everyMs: 100,
        slowingToMs: 500,
      },
    )
    expect(isMade).toBe(true)
    expect(await newestPipeline(preview)).toMatchObject({ state: 'succeeded' })

    const main = join(platform.dataFolder, 'services', 'pushed-to')
    const look = `env; cat /proc/*/environ ${main}/work/own.txt ${main}/releases/*/start.sh 2>/dev/null | tr '\\0' '\\n'`
    const seen = await runInside(owner, preview, look)
    expect(seen.out).toContain(`VITRINE_SERVICE=${preview}`)
    expect(seen.out).not.toContain(token)
    expect(seen.out).not.toMatch(/VITRINE_SERVICE=pushed-to$/m)

    const call = (who: ApiClient) => who.predict(preview, ['true']).then(({ status }) => status)
    expect([await call(platform.anonymous()), await call(pusher)]).toEqual([401, 403])
    const opened = await pusher.request('PATCH', `/services/${preview}`, { json: { auth: 'public' } })
    expect(opened.status).toBe(403)
    const viewer = await platform.person('looker', 'viewer')
    for (const path of [`/services/logs/${preview}`, `/config?service_id=${preview}`])
      expect([403, 404], path).toContain((await viewer.request('GET', path)).status)
    const link = { kind: 'stage', target_id: preview }
    expect((await pusher.request('POST', '/shares', { json: link })).status).toBe(403)
  }, 300_000)

  test('an administrator does not give them away by a deploy; the owner gives them, and from then on all deploys have them', async () => {
    await owner.call('DELETE', '/services/pushed-to/push-deploy', z.unknown()).catch(() => undefined)
    await pusher.upload(naming(sha256), { algorithm_id: 'pushed-to' })
    const admin = await platform.admin()
    await expect(admin.beginDeploy('pushed-to')).rejects.toEqual(missing)
    expect((await owner.deploy('pushed-to')).state).toBe('succeeded')
    const has = { code: 0, out: expect.stringContaining(sha256) }
    expect(await runInside(owner, 'pushed-to', 'sha256sum other.bin')).toMatchObject(has)
    expect((await pusher.deploy('pushed-to')).state).toBe('succeeded')
    expect(await runInside(owner, 'pushed-to', 'sha256sum other.bin')).toMatchObject(has)
  }, 200_000)
}
