import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { modelEndpoints } from '@vitrine/contract'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { ApiClient } from '../support/api-client.ts'
import { testPassword, type TestPlatform } from '../support/platform.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { TusClient, uploadIdOf } from '../support/tus-client.ts'
import { hostileShell, runInside } from './shell.package.ts'

const secret = Buffer.from('weights that only their owner may use\n'.repeat(100))
const sha256 = createHash('sha256').update(secret).digest('hex')

/** Somebody wants the weights of somebody else, of which they know the digest, or to change them for everybody. */
export function modelCases(world: InWorld): void {
  let platform: TestPlatform
  let owner: ApiClient
  let attacker: ApiClient

  beforeAll(async () => {
    ;({ platform } = world())
    owner = await platform.person('weigher', 'user')
    attacker = await platform.person('wants-weights', 'user')
    expect((await sendModel(owner, secret)).sha256).toBe(sha256)
  }, 240_000)

  async function sendModel(client: ApiClient, content: Buffer) {
    const tus = new TusClient(client)
    const path = await tus.begin(content.length, 'weights.bin')
    async function* bytes() {
      yield content
    }
    expect(await tus.send(path, 0, bytes())).toBe(204)
    const body = { upload_id: uploadIdOf(path) }
    return client.post('/models', modelEndpoints['POST /models'].response, body)
  }

  const withModel = (path: string, shared = false) => ({
    ...hostileShell,
    'algorithm.yaml': `${String(hostileShell['algorithm.yaml'])}models:\n  - path: ${JSON.stringify(path)}\n    sha256: ${sha256}\n${shared ? '    shared: true\n' : ''}`,
  })

  const refusedWith = (code: string) => expect.objectContaining({ code })

  test('a package that names the digest of somebody else’s weights does not get them, also if an administrator deploys it', async () => {
    await attacker.upload(withModel('stolen.bin'), { algorithm_id: 'weight-thief' })
    await expect(attacker.beginDeploy('weight-thief')).rejects.toEqual(refusedWith('deploy.model_missing'))
    const admin = await platform.admin()
    await expect(admin.beginDeploy('weight-thief')).rejects.toEqual(refusedWith('deploy.model_missing'))
  })

  test('a pointer of Git LFS gives no more than the manifest does', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${secret.length}\n`
    await attacker.upload({ ...hostileShell, 'stolen.bin': pointer }, { algorithm_id: 'pointer' })
    await expect(attacker.beginDeploy('pointer')).rejects.toEqual(refusedWith('deploy.model_missing'))
  })

  test('nobody sees, reads or deletes the weights of others through the API', async () => {
    const { items } = await owner.get('/models', modelEndpoints['GET /models'].response)
    const [model] = items
    const seen = await attacker.get(`/models?q=${sha256}`, modelEndpoints['GET /models'].response)
    expect(seen).toEqual({ items: [], total: 0 })
    for (const method of ['GET', 'DELETE'])
      expect((await attacker.request(method, `/models/${model?.id}`)).status).toBe(404)
  })

  test.each([
    '../outside.bin',
    '/etc/outside.bin',
    'a/../../outside.bin',
    'a\\..\\outside.bin',
    'venv/lib/x.pth',
    'start.sh',
  ])('the path %s of a model file is refused when the package is stored', async (path) => {
    await expect(owner.upload(withModel(path), { algorithm_id: 'escape' })).rejects.toEqual(
      refusedWith('algorithm.invalid'),
    )
  })

  test('an algorithm reads its weights, and can neither change nor replace them nor reach the store', async () => {
    await owner.publish('weighed', withModel('weights/own.bin'))
    const inside = (script: string) => runInside(owner, 'weighed', script)
    expect(await inside('sha256sum weights/own.bin')).toMatchObject({
      code: 0,
      out: expect.stringContaining(sha256),
    })
    for (const attack of [
      'echo changed >> weights/own.bin',
      'chmod u+w weights/own.bin && echo changed >> weights/own.bin',
      'rm -f weights/own.bin && test ! -e weights/own.bin',
      'ln weights/own.bin "$HOME/mine" && echo changed >> "$HOME/mine"',
      `cat ${join(platform.dataFolder, 'models', sha256.slice(0, 2), sha256)}`,
      `ls ${join(platform.dataFolder, 'models')}/*`,
    ])
      expect({ attack, ...(await inside(attack)) }).not.toMatchObject({ code: 0 })
    const stored = await readFile(join(platform.dataFolder, 'models', sha256.slice(0, 2), sha256))
    expect(createHash('sha256').update(stored).digest('hex')).toBe(sha256)
  })

  test.each(['//127.0.0.1', '//localhost', '//[::1]', '//169.254.169.254', '//0.0.0.0'])(
    'a package cannot make the platform ask %s for a file',
    async (address) => {
      const url = `http:${address}:${platform.publicPort}/healthz`
      const manifest = `${String(hostileShell['algorithm.yaml'])}models:\n  - path: a.bin\n    sha256: ${'a'.repeat(64)}\n    source: ${url}\n`
      await attacker.upload({ ...hostileShell, 'algorithm.yaml': manifest }, { algorithm_id: 'asks-inside' })
      const task = await attacker.deploy('asks-inside')
      expect(task).toMatchObject({
        state: 'failed',
        error: {
          code: 'deploy.model_fetch_failed',
          details: { reason: expect.stringContaining('is not a public address') },
        },
      })
    },
  )

  test('other accounts of the machine cannot look into the store', async () => {
    const folder = join(platform.dataFolder, 'models')
    expect((await stat(folder)).mode & 0o077).toBe(0)
    expect(await readdir(join(folder, sha256.slice(0, 2)))).toEqual([sha256])
  })

  test('whoever deploys somebody else’s algorithm gets its weights only if their owner has allowed it', async () => {
    const asServiceOf = (client: ApiClient, id: string) => client.beginDeploy('weighed', { service_id: id })
    await expect(asServiceOf(attacker, 'curious')).rejects.toEqual(refusedWith('deploy.model_private'))
    const pythonRuns = {
      'env.PYTHONWARNINGS': 'all:0:antigravity.x:0:0',
      'env.BROWSER': '/bin/sh -c "id" %s',
    }
    await owner.upload(withModel('weights/own.bin', true), { algorithm_id: 'weighed' })
    const ended = await attacker.deploy('weighed', { service_id: 'holds-on', service_config: {} })
    expect(ended).toMatchObject({ state: 'succeeded' })
    for (const [key, value] of Object.entries(pythonRuns)) {
      const changes = [{ key, type: 'service', service_id: 'holds-on', value }]
      const answer = await attacker.request('POST', '/config', { json: { changes, reason: 'x' } })
      expect(answer.status).toBe(422)
      const service_config = { env: { [key.slice('env.'.length)]: value } }
      const deploying = attacker.beginDeploy('weighed', { service_id: 'holds-on', service_config })
      await expect(deploying).rejects.toEqual(refusedWith('request.invalid'))
    }
  })

  test('whoever may change the configuration, and is no administrator, sets no variable of everybody’s services', async () => {
    const admin = await platform.admin()
    const permissions = ['services.read', 'config.manage']
    const { id: custom_role_id } = await admin.post('/roles', z.object({ id: z.string() }), {
      name: 'cfg',
      permissions,
    })
    const made = { username: 'configurer', password: testPassword, role: 'user', custom_role_id }
    await admin.post('/users', z.unknown(), made)
    const configurer = await platform.anonymous().signIn('configurer', testPassword)
    const changes = [{ key: 'env.GREETING', type: 'system', value: 'hello' }]
    const json = { changes, reason: 'x' }
    const refused = await configurer.request('POST', '/config', { json })
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { error: { code: 'config.administrators_only' } },
    ])
    expect((await admin.request('POST', '/config', { json })).status).toBe(200)
  })

  test('whoever deploys somebody else’s algorithm cannot keep its weights in their storage for good', async () => {
    const { items } = await owner.get(`/models?q=${sha256}`, modelEndpoints['GET /models'].response)
    const [model] = items
    expect(model?.uses).toEqual([
      { service_id: 'holds-on', releases: [1], keeps: false },
      { service_id: 'weighed', releases: [1], keeps: true },
    ])
    await owner.deleteService('weighed')
    expect((await owner.request('DELETE', `/models/${model?.id}`)).status).toBe(204)
    // What runs goes on with its own link.
    expect(await runInside(attacker, 'holds-on', 'sha256sum weights/own.bin')).toMatchObject({
      code: 0,
      out: expect.stringContaining(sha256),
    })
  })
}
