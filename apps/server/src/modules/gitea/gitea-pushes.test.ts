import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { registerFolder } from '../algorithms/algorithms.store.ts'
import { openGiteaWorld } from './gitea.test-world.ts'

const mib = 1024 ** 2
/** What no compression makes smaller. */
const noise = (bytes: number) => randomBytes(bytes)

let server: GiteaStandIn
let world: Awaited<ReturnType<typeof openGiteaWorld>>
beforeEach(async () => {
  server = await GiteaStandIn.open()
  world = await openGiteaWorld(server)
  await world.setUp()
})
afterEach(async () => {
  await world.close()
  await server.close()
})

/** Stores a package with some large files in the platform's own host. */
async function stored(id: string, sizes: readonly number[]) {
  const folder = await mkdtemp(join(world.folder, 'upload-'))
  await writeFile(join(folder, 'ai_algorithm.py'), smallest)
  for (const [at, bytes] of sizes.entries()) await writeFile(join(folder, `part-${at}.bin`), noise(bytes))
  const { version } = await registerFolder(world.algorithms, {
    ...{ folder, actor: testActor('admin'), algorithmId: id },
  })
  return version.commit
}
const move = (id: string) => world.ask('POST', '/repos', { algorithm_id: id })
const headThere = async (fullName: string) => {
  const clone = await world.clone(fullName)
  return (await world.run(['rev-parse', 'origin/main'], clone)).output.trim()
}

test('code that is larger than one request may be goes there in parts', async () => {
  const commit = await stored('large', [mib, mib, mib, mib, mib, mib])
  server.pushes.mostBytes = 2.5 * mib
  const moved = await move('large')
  expect(moved.statusCode).toBe(201)
  expect(await headThere(moved.json().full_name)).toBe(commit)
  expect(server.pushes.taken.length).toBeGreaterThan(3)
  // Each file is sent once.
  expect(server.pushes.taken.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(6.2 * mib)
})

test('a long history goes there in parts too', async () => {
  for (let at = 0; at < 5; at += 1) await stored('long', [mib])
  const commit = await stored('long', [mib])
  server.pushes.mostBytes = 2.5 * mib
  const moved = await move('long')
  expect(moved.statusCode).toBe(201)
  expect(await headThere(moved.json().full_name)).toBe(commit)
  expect(server.pushes.taken.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(6.2 * mib)
})

test('a push that broke off goes on: what has arrived is not sent again', async () => {
  const { url, fullName, name } = await world.create()
  const clone = await world.clone(fullName)
  await world.push(clone, 'main', { 'ai_algorithm.py': smallest }, 'first')
  await world.ask('POST', '/repos/register', { repo_url: url })
  server.pushes.mostBytes = 2.5 * mib
  server.pushes.taken.length = 0
  const folder = await mkdtemp(join(world.folder, 'upload-'))
  await writeFile(join(folder, 'ai_algorithm.py'), `${smallest}# 2`)
  for (let at = 0; at < 6; at += 1) await writeFile(join(folder, `part-${at}.bin`), noise(mib))
  const upload = () =>
    registerFolder(world.algorithms, { folder, actor: testActor('admin'), algorithmId: name })
  // The whole is refused for its size, two parts are taken, and the token is refused.
  server.pushes.next = [413, null, null, 401]
  await expect(upload()).rejects.toMatchObject({ code: 'gitea.token_refused' })
  const before = server.pushes.taken.reduce((sum, bytes) => sum + bytes, 0)
  expect(before).toBeGreaterThan(mib)
  server.pushes.next = []
  const { version } = await upload()
  expect(await headThere(fullName)).toBe(version.commit)
  expect(server.pushes.taken.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(6.2 * mib)
})

test('a server that is busy for a moment is asked again', async () => {
  const commit = await stored('patient', [1000])
  server.pushes.next = [503]
  const moved = await move('patient')
  expect(moved.statusCode).toBe(201)
  expect(await headThere(moved.json().full_name)).toBe(commit)
})

test('a file that the server takes in no request is named, and nothing of the algorithm changes', async () => {
  await stored('huge', [2 * mib])
  server.pushes.mostBytes = mib / 2
  const answer = await move('huge')
  expect([answer.statusCode, answer.json().error]).toMatchObject([
    422,
    { code: 'code_host.file_refused', details: { path: 'part-0.bin' } },
  ])
  expect((await world.get('/huge')).json()).toMatchObject({ code_host: 'builtin' })
})
