import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { modelEndpoints, type ModelFile } from '@vitrine/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findProgram } from '../../apps/server/src/lib/find-program.ts'
import { folderBytes } from '../../apps/server/src/lib/folder-sizes.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { largeFile, TusClient, uploadIdOf } from '../support/tus-client.ts'

const mebibyte = 1024 ** 2
const size = 50 * mebibyte
const longTest = 240_000
let platform: TestPlatform
let admin: ApiClient

beforeAll(async () => {
  platform = await startPlatform()
  admin = await platform.admin()
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

async function digestOf(bytes: number): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of largeFile(bytes)) hash.update(chunk)
  return hash.digest('hex')
}

/** Adds a byte of its weights, told by its place, to a word that distinguishes versions. */
const reader = (word: string, sha256: string): PackageFiles => ({
  'ai_algorithm.py': [
    'import os',
    'path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "weights", "model.bin")',
    'class Algorithm:',
    '    def setup(self):',
    '        self.size = os.path.getsize(path)',
    '    def predict(self, input_data, **parameters):',
    '        with open(path, "rb") as file:',
    '            return [f"{file.seek(at) and file.read(1)[0]} of {self.size}, WORD" for at in input_data]',
    '',
  ]
    .join('\n')
    .replace('WORD', word),
  'algorithm.yaml': `models:\n  - path: weights/model.bin\n    sha256: ${sha256}\n    size: ${size}\n`,
})

async function uploadModel(sha256: string): Promise<ModelFile> {
  const tus = new TusClient(admin)
  const path = await tus.begin(size, 'model.bin')
  expect(await tus.send(path, 0, largeFile(size))).toBe(204)
  const body = { upload_id: uploadIdOf(path), sha256 }
  return admin.post('/models', modelEndpoints['POST /models'].response, body)
}

/**
 * The bytes that the data folder takes, without the database. Names of one file count once, as on the disk. Files may
 * vanish meanwhile, because the platform goes on working.
 */
async function taken(): Promise<number> {
  const names = ['services', 'models', 'uploads', 'repositories']
  const bytes = await folderBytes(names.map((name) => join(platform.dataFolder, name)))
  if (bytes === 'too slow') throw new Error('measuring the folders took too long')
  return bytes
}

test(
  'weights are named in the package, missed at inspection and deploy, uploaded once, read by predict, and on the disk once after two deploys',
  async () => {
    const sha256 = await digestOf(size)
    const files = reader('one', sha256)
    const missing = { code: 'preflight.model_missing', path: 'weights/model.bin' }
    expect((await admin.inspect(files)).warnings).toContainEqual(expect.objectContaining(missing))
    await admin.upload(files, { algorithm_id: 'weighs' })
    await expect(admin.beginDeploy('weighs')).rejects.toMatchObject({
      status: 422,
      code: 'deploy.model_missing',
      details: { path: 'weights/model.bin', sha256, owner: 'admin' },
    })
    const before = await taken()
    const model = await uploadModel(sha256)
    expect(model).toMatchObject({ sha256, size, name: 'model.bin', owner: 'admin', uses: [] })
    expect((await admin.inspect(files)).warnings.map(({ code }) => code)).not.toContain(missing.code)

    const first = await admin.deploy('weighs')
    expect(first).toMatchObject({ state: 'succeeded' })
    expect(first.steps.find(({ name }) => name === 'models')).toMatchObject({ state: 'succeeded' })
    await admin.upload(reader('two', sha256), { algorithm_id: 'weighs' })
    expect(await admin.deploy('weighs')).toMatchObject({ state: 'succeeded' })
    const answer = await admin.predict('weighs', [1_000_000])
    expect(await answer.text()).toContain(`${(1_000_000 * 7919) % 251} of ${size}, two`)

    const more = (await taken()) - before
    console.info(`two releases with ${size} bytes of weights take ${more} bytes`)
    expect(more).toBeGreaterThanOrEqual(size)
    expect(more).toBeLessThan(1.2 * size)

    const { id } = model
    const shown = await admin.get(`/models/${id}`, modelEndpoints['GET /models/{id}'].response)
    expect(shown.uses).toEqual([{ service_id: 'weighs', releases: [1, 2], keeps: true }])
    expect((await admin.request('DELETE', `/models/${id}`)).status).toBe(409)
    await admin.deleteService('weighs')
    expect((await admin.request('DELETE', `/models/${id}`)).status).toBe(204)
    expect((await taken()) - before).toBeLessThan(mebibyte)
  },
  longTest,
)

// The client is a program of its own (Debian: git-lfs), which a machine that runs the platform does not need.
test.runIf((await findProgram('git-lfs', process.env.PATH ?? '')) !== null)(
  'git lfs push brings weights, and the deploy finds them where their pointer stood',
  async () => {
    const { 'ai_algorithm.py': code = '' } = reader('pushed', '')
    await admin.upload({ 'ai_algorithm.py': code }, { algorithm_id: 'pushed' })
    const folder = join(platform.dataFolder, 'gates', 'clone')
    await mkdir(folder)
    const git = (...args: string[]) =>
      promisify(execFile)('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: folder, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1' },
      })
    await git(
      'clone',
      '--quiet',
      `${admin.origin.replace('://', `://any:${admin.token}@`)}/git/pushed.git`,
      '.',
    )
    await git('lfs', 'install', '--local')
    await git('lfs', 'track', '*.bin')
    const weights = Buffer.alloc(3 * mebibyte, 'w')
    await mkdir(join(folder, 'weights'))
    await writeFile(join(folder, 'weights', 'model.bin'), weights)
    await git('add', '--all')
    await git('commit', '--quiet', '-m', 'weights')
    const { stderr } = await git('push', 'origin', 'HEAD:main')
    expect(stderr).toContain('已成为代码版本 v2')
    expect(await admin.deploy('pushed')).toMatchObject({ state: 'succeeded' })
    const answer = await admin.predict('pushed', [1_000])
    expect(await answer.text()).toContain(`${'w'.charCodeAt(0)} of ${weights.length}, pushed`)
  },
  longTest,
)
