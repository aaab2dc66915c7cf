import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { patienceMs } from '../../../../../../tests/support/patience.ts'
import { testActor } from '../../../../../../tests/support/test-app.ts'
import { run, type Run } from '@vitrine/contract'
import { z } from 'zod'
import { waitFor } from '../../../lib/wait-for.ts'
import { createPastRunsRepository } from '../history/past-runs.repository.ts'
import { forgetLeftFiles } from './keep-files.ts'
import { openRunsWorld, outputOf } from '../runs.test-world.ts'
import { forgetOldRuns } from '../history/forget-old-runs.ts'

let world: Awaited<ReturnType<typeof openRunsWorld>>
let service = ''
let services = 0
beforeAll(async () => {
  world = await openRunsWorld()
})
beforeEach(async () => {
  services += 1
  service = `files-${services}`
  await world.addService(service)
})
afterAll(() => world.close())

const nameOf = (first: string, ending = 'svg') => `${first.padEnd(64, first.slice(-1))}.${ending}`
const begin = (parameters: object) =>
  world.start('user', { service_id: service, input_data: ['hello'], parameters })
const ended = async (parameters: object): Promise<Run> => world.ended(await begin(parameters))
const addressIn = (of: Run) => z.object({ url: z.string() }).parse(outputOf(of, 'file')).url
const get = (url: string, headers: Record<string, string> = {}, role = 'user') =>
  world.app.inject({ url, headers: { 'x-test-role': role, ...headers } })

/** Removes everything of a service, as its deletion does. */
async function removeService(): Promise<void> {
  await world.instances.runner.remove(`${service}-r2-1`)
  await world.running.services.delete(service)
  await rm(join(world.paths.services, service), { recursive: true, force: true })
}

test('a file that an algorithm returned stays with its run when its instance and its service no longer exist', async () => {
  const name = nameOf('a')
  const done = await ended({ file: name })
  expect(addressIn(done)).toBe(`/api/v1/runs/${done.id}/files/${name}`)
  expect(done.unkept_files).toEqual([])
  await removeService()
  const got = await get(addressIn(done))
  expect([got.statusCode, got.body]).toEqual([200, '<svg/>aaaa'])
  expect(got.headers['content-type']).toBe('image/svg+xml')
  expect((await get(addressIn(done), { range: 'bytes=1-3' })).body).toBe('svg')
  expect((await get(addressIn(done), { 'if-none-match': String(got.headers.etag) })).statusCode).toBe(304)
})

test('each stored file counts as 16 KiB at least, because a disk can have only so many files', async () => {
  const owner = { createdById: testActor('user').id, linksOf: null }
  const before = await world.running.runs.storedBytes(owner)
  await ended({ file: nameOf('a') })
  expect((await world.running.runs.storedBytes(owner)) - before).toBeGreaterThan(16 * 1024)
})

test('a stored file cannot run as a page of this site, and an HTML page is a download', async () => {
  for (const ending of ['svg', 'html']) {
    const got = await get(addressIn(await ended({ file: nameOf('a', ending) })))
    expect(got.headers['content-security-policy']).toBe("sandbox; default-src 'none'")
    expect(got.headers['x-content-type-options']).toBe('nosniff')
    expect(got.headers['content-disposition']).toMatch(/^attachment/)
  }
  const picture = await get(addressIn(await ended({ file: nameOf('a', 'png') })))
  expect(picture.headers['content-disposition']).toMatch(/^inline/)
})

test('a run’s files are for those who may see the run, and include only files that it returned', async () => {
  const done = await ended({ file: nameOf('a') })
  const refused = await get(addressIn(done), {}, 'stranger')
  expect([refused.statusCode, refused.json().error.code]).toEqual([404, 'run.not_found'])
  expect((await get(addressIn(done), {}, 'admin')).statusCode).toBe(200)
  const other = await get(`/api/v1/runs/${done.id}/files/${nameOf('c')}`)
  expect([other.statusCode, other.json().error.code]).toEqual([404, 'run.file_not_found'])
  expect((await get(`/api/v1/runs/${done.id}/files/..%2f..%2fetc`)).statusCode).toBe(422)
})

test('a file that cannot be stored is reported in the run, in the reader’s language, and the others are stored', async () => {
  const [gone, kept] = [nameOf('e'), nameOf('a')]
  const id = await begin({ files: [gone, kept] })
  await world.ended(id)
  const read = async (language: string) =>
    run.parse((await get(`/api/v1/runs/${id}`, { 'accept-language': language })).json())
  const [zh, en] = [await read('zh'), await read('en')]
  expect(zh.unkept_files).toEqual([{ name: gone, reason: `实例没有返回文件 ${gone}，未能保存` }])
  expect(en.unkept_files[0]?.reason).toContain('did not return the file')
  expect(zh.status).toBe('succeeded')
  expect(JSON.stringify(zh.result)).toContain(`/api/v1/runs/${id}/files/${kept}`)
  expect(JSON.stringify(zh.result)).toContain(`/ai/${service}/outputs/${gone}`)
})

test('during a run, files of its outputs so far come from its instance', async () => {
  const gate = join(tmpdir(), `vitrine-test-gate-${randomUUID()}`)
  const name = nameOf('a', 'png')
  const id = await begin({ keep: true, hold: true, gate, file: name })
  const address = `/api/v1/runs/${id}/files/${name}`
  const isThere = async () => (await get(address)).statusCode === 200
  expect(await waitFor(isThere, { timeoutMs: patienceMs })).toBe(true)
  const got = await get(address)
  expect([got.body, got.headers['content-security-policy']]).toEqual([
    '<svg/>aaaa',
    "sandbox; default-src 'none'",
  ])
  expect((await get(`/api/v1/runs/${id}/files/${nameOf('c')}`)).statusCode).toBe(404)
  await writeFile(gate, '')
  await world.ended(id)
  expect((await get(address)).statusCode).toBe(200)
})

test('the same bytes in several runs are stored once, and deleted with the last of these runs', async () => {
  const [first, second] = [await ended({ file: nameOf('b1') }), await ended({ file: nameOf('b2') })]
  const { files, objects } = world.runFiles
  const stored = await files.get(first.id, nameOf('b1'))
  const key = `runfiles/${stored?.sha256}`
  expect((await files.get(second.id, nameOf('b2')))?.sha256).toBe(stored?.sha256)
  const forget = (kept: string[]) =>
    forgetOldRuns(
      { pastRuns: createPastRunsRepository(world) },
      { retention: { days: 1, perService: 0 }, except: kept, now: new Date() },
    )
  await forget([second.id])
  await forgetLeftFiles(world.runFiles)
  expect((await get(addressIn(first))).statusCode).toBe(404)
  expect((await get(addressIn(second))).body).toBe('the same in every run')
  await forget([])
  await forgetLeftFiles(world.runFiles)
  expect(await objects.exists(key)).toBe(false)
  expect(await files.left()).toEqual([])
})

test('runs of a deleted service are deleted, but those of comparisons and links stay with their files', async () => {
  const [shared, other] = [await ended({ file: nameOf('a') }), await ended({ file: nameOf('a') })]
  const target = { service_id: service, parameters: { file: nameOf('a') } }
  const begun = await world.send('user', 'POST', '/comparisons', {
    input: { input_data: ['a'] },
    targets: [target, target],
  })
  const { cells } = await world.comparisonOf('user', begun.json().comparison_id)
  const compared = []
  for (const cell of cells) compared.push(await world.ended(cell.run_id ?? ''))
  await removeService()
  const retention = { days: 90, perService: 1000 }
  await forgetOldRuns(
    { pastRuns: createPastRunsRepository(world) },
    { retention, except: [shared.id], now: new Date() },
  )
  await forgetLeftFiles(world.runFiles)
  expect((await get(`/api/v1/runs/${other.id}`)).statusCode).toBe(404)
  for (const each of [shared, ...compared]) expect((await get(addressIn(each))).body).toBe('<svg/>aaaa')
  await world.addService(service, { starts: false })
  const ofNext = (await world.send('admin', 'GET', `/runs?service_id=${service}`)).json()
  expect(ofNext).toEqual({ items: [], total: 0 })
})
