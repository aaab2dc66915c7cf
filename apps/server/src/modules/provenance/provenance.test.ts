import { rm } from 'node:fs/promises'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { comparison, provenance, replayOutcome, type Provenance, type ReplayOutcome } from '@vitrine/contract'
import { pathExists } from '../../lib/path-exists.ts'
import { sha256 } from '../../lib/secrets.ts'
import { algorithmRepositories } from '../algorithms/algorithm-repositories.tables.ts'
import { assets } from '../assets/assets.tables.ts'
import { serviceFolders, startFile } from '../instances/instance-spec.ts'
import { environmentLocks, releases } from '../releases/releases.tables.ts'
import { outputOf } from '../runs/runs.test-world.ts'
import { runs } from '../runs/runs.tables.ts'
import { algorithmServices } from '../services/services.tables.ts'
import { openSharesWorld, refusal } from '../shares/shares.test-world.ts'
import { createProvenanceRepository } from './provenance.repository.ts'
import { addProvenanceRoutes } from './provenance.routes.ts'

let world: Awaited<ReturnType<typeof openSharesWorld>>
beforeAll(async () => {
  world = await openSharesWorld()
  const { db, paths, running } = world
  addProvenanceRoutes(world.app, {
    origins: createProvenanceRepository({ db }),
    running,
    releases: running.releases,
    keepsFiles: (id, release) => pathExists(startFile(serviceFolders(paths, id).release(release))),
  })
  await world.addService('echo')
  const url = 'https://anna:secret-token@git.example.org/lab/echo.git'
  await db
    .insert(algorithmRepositories)
    .values({ algorithmId: 'echo', provider: 'gitea', url, branch: 'main' })
  const lock = { sha256: sha256('numpy==2.0\n'), text: 'numpy==2.0\n', cut: false }
  await db.insert(environmentLocks).values(lock)
  await db
    .update(releases)
    .set({ environmentHash: 'python-0', environmentSha256: lock.sha256 })
    .where(eq(releases.number, 2))
})
afterAll(() => world.close())

const run = async (parameters: object = {}, input_data: unknown[] = ['hello']): Promise<string> => {
  const id = await world.start('user', { service_id: 'echo', input_data, parameters })
  await world.ended(id)
  return id
}
const readProvenance = async (id: string, role = 'user'): Promise<Provenance> =>
  provenance.parse((await world.send(role, 'GET', `/runs/${id}/provenance`)).json())
const replay = (id: string, role = 'user') => world.send(role, 'POST', `/runs/${id}/replay`)
/** Replays a run, and resolves with the id of the replay once it has ended. */
const replayed = async (id: string): Promise<string> => {
  const answer = await replay(id)
  expect([answer.statusCode, answer.body]).toEqual([202, expect.stringContaining('run_id')])
  const again: string = answer.json().run_id
  await world.ended(again)
  return again
}
const outcomeOf = async (id: string): Promise<ReplayOutcome> =>
  replayOutcome.parse((await world.send('user', 'GET', `/runs/${id}/replay`)).json())
/** A run of an older release, as a comparison makes it. */
async function runOfRelease(release: number): Promise<string> {
  const targets = [1, 2].map((number) => ({
    service_id: 'echo',
    release: number,
    parameters: { steady: true },
  }))
  const asked = await world.send('user', 'POST', '/comparisons', { input: { input_data: ['old'] }, targets })
  const made = comparison.parse(
    (await world.send('user', 'GET', `/comparisons/${asked.json().comparison_id}`)).json(),
  )
  const id = made.cells.find(({ target }) => target.release === release)?.run_id ?? ''
  await world.ended(id)
  return id
}

test('a result says its commit, environment, parameters, input, time and person as an in-toto statement', async () => {
  const id = await run({ steady: true, size: 3 })
  const { subject, predicate, ...types } = await readProvenance(id)
  expect(types).toEqual({
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://slsa.dev/provenance/v1',
  })
  expect(subject).toEqual([
    {
      name: 'result',
      digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      mediaType: 'application/json',
    },
  ])
  const { buildDefinition, runDetails } = predicate
  expect(buildDefinition.externalParameters).toEqual({
    service: 'echo',
    algorithm: 'echo',
    release: 2,
    input: { digest: { sha256: sha256('["hello"]') }, media: [] },
    parameters: { steady: true, size: 3 },
  })
  expect(buildDefinition.internalParameters).toEqual({
    runtime: 'node',
    limits: {},
    network: 'all',
    configRevision: 0,
  })
  expect(buildDefinition.resolvedDependencies).toMatchObject([
    {
      uri: 'git+https://git.example.org/lab/echo.git',
      digest: { gitCommit: 'commit-2' },
      annotations: { kind: 'code', provider: 'gitea', version: '1' },
    },
    { digest: { sha256: sha256('numpy==2.0\n') }, annotations: { kind: 'environment' } },
  ])
  expect(runDetails).toMatchObject({
    builder: { id: expect.stringMatching(/^http:/), version: { vitrine: '1.2.3' } },
    metadata: { invocationId: id, startedOn: expect.any(String), finishedOn: expect.any(String) },
    vitrine_status: 'succeeded',
    vitrine_createdBy: 'user-tester',
    vitrine_notRecorded: [],
  })
  const list = buildDefinition.resolvedDependencies.find(
    ({ name }) => name === 'environment',
  )?.downloadLocation
  const path = new URL(list ?? '').pathname.replace('/api/v1', '')
  expect((await world.send('user', 'GET', path)).json()).toMatchObject({ text: 'numpy==2.0\n', cut: false })
  expect(refusal(await world.send('user', 'GET', '/services/echo/releases/1/environment'))).toEqual([
    404,
    'release.environment_not_recorded',
  ])
})

test('what its package manager did not list is said to be not recorded', async () => {
  const id = await run()
  const origin = await createProvenanceRepository(world).origin(id)
  if (!origin) throw new Error('no run')
  const facts = { ...origin.facts, environment: { sha256: null } }
  await world.db.update(runs).set({ facts }).where(eq(runs.id, id))
  const { predicate } = await readProvenance(id)
  expect(predicate.buildDefinition.resolvedDependencies.map(({ name }) => name)).not.toContain('environment')
  expect(predicate.runDetails.vitrine_notRecorded).toEqual(['environment'])
})

test('the files of a result are subjects, and its media are inputs, each by the digest of its bytes', async () => {
  const id = await world.addAsset(world.maker.id)
  await world.db
    .update(assets)
    .set({ sha256: sha256('picture') })
    .where(eq(assets.id, id))
  const file = `${'a'.repeat(64)}.svg`
  const { subject, predicate } = await readProvenance(await run({ file, steady: true }, [{ asset_id: id }]))
  expect(subject[1]).toEqual({
    name: file,
    digest: { sha256: sha256('<svg/>aaaa') },
    mediaType: 'image/svg+xml',
  })
  expect(predicate.buildDefinition.externalParameters.input.media).toEqual([
    { asset_id: id, digest: { sha256: sha256('picture') } },
  ])
})

test('a replay runs on the old release beside the current one, and says that the result is the same', async () => {
  const first = await runOfRelease(1)
  const again = await replayed(first)
  const ended = await world.ended(again)
  expect([outputOf(ended, 'release'), ended.release]).toEqual([{ value: 1 }, 1])
  expect(await outcomeOf(again)).toMatchObject({
    run_id: again,
    replay_of: first,
    state: 'compared',
    same: true,
    identical: true,
    differences: [],
    changed: [],
  })
  expect((await readProvenance(again)).predicate.runDetails.vitrine_replayOf).toBe(first)
})

test('an outcome says what was not the same around the two runs', async () => {
  const first = await run({ steady: true })
  await world.running.services.update('echo', { configRevision: 3 })
  expect(await outcomeOf(await replayed(first))).toMatchObject({ same: true, changed: ['configuration'] })
})

test('files of equal bytes are the same, although each run has its own addresses', async () => {
  const again = await replayed(await run({ steady: true, file: `${'b'.repeat(64)}.bin` }))
  expect(await outcomeOf(again)).toMatchObject({ same: true, identical: true })
})

test('a replay of an algorithm that does not answer the same says which output differs, and where', async () => {
  const again = await replayed(await run())
  const { same, parts, differences, differing } = await outcomeOf(again)
  expect([same, differing]).toEqual([false, 1])
  expect(parts.filter((part) => !part.same)).toMatchObject([
    { prediction: 0, output: 'calls', kind: 'number', largest_deviation: 1 },
  ])
  const [at] = differences
  expect(at).toMatchObject({ path: 'predictions.0.outputs.3.data.value', output: 'calls', kind: 'number' })
  expect(Number(at?.after) - Number(at?.before)).toBe(1)
})

test('while a replay runs, its outcome is pending, and it cannot be replayed', async () => {
  const first = await run({ steady: true })
  await world.db
    .update(runs)
    .set({ parameters: { hold: true } })
    .where(eq(runs.id, first))
  const again: string = (await replay(first)).json().run_id
  expect(await outcomeOf(again)).toMatchObject({ state: 'pending', same: null })
  expect(refusal(await replay(again))).toEqual([409, 'replay.not_ended'])
  await world.send('user', 'POST', `/runs/${again}/cancel`)
  await world.ended(again)
  expect(await outcomeOf(again)).toMatchObject({
    state: 'compared',
    same: false,
    status: { before: 'succeeded', after: 'cancelled' },
  })
})

test('a replay whose first run was deleted says so, and a run that is no replay has no outcome', async () => {
  const first = await run({ steady: true })
  const again = await replayed(first)
  expect((await world.send('user', 'DELETE', `/runs/${first}`)).statusCode).toBe(204)
  expect(await outcomeOf(again)).toMatchObject({ state: 'original_gone', same: null })
  expect(refusal(await world.send('user', 'GET', `/runs/${await run()}/replay`))).toEqual([
    404,
    'replay.none',
  ])
})

test('a run of another person has no provenance and is not replayed', async () => {
  const id = await run()
  expect(refusal(await world.send('stranger', 'GET', `/runs/${id}/provenance`))).toEqual([
    404,
    'run.not_found',
  ])
  expect(refusal(await replay(id, 'stranger'))).toEqual([404, 'run.not_found'])
  expect(refusal(await world.send('stranger', 'GET', `/runs/${id}/replay`))).toEqual([404, 'run.not_found'])
  expect((await world.send('admin', 'GET', `/runs/${id}/provenance`)).statusCode).toBe(200)
})

test('a run whose input was deleted, or whose release or its files are gone, is not replayed, and the reason is said', async () => {
  const asset = await world.addAsset(world.maker.id)
  const ofAsset = await run({ steady: true }, [{ asset_id: asset }])
  await world.db.delete(assets).where(eq(assets.id, asset))
  expect(refusal(await replay(ofAsset))).toEqual([409, 'replay.input_gone'])
  const old = await runOfRelease(1)
  await rm(startFile(serviceFolders(world.paths, 'echo').release(1)))
  expect(refusal(await replay(old))).toEqual([409, 'run.release_not_kept'])
  await world.removeRelease('echo', 1)
  expect(refusal(await replay(old))).toEqual([409, 'replay.release_gone'])
})

test('the input of a run goes to no other service that has the ID of a deleted one', async () => {
  const id = await run()
  const again = () => world.send('user', 'POST', `/runs/${id}/again`)
  const created = (createdAt: Date) =>
    world.db.update(algorithmServices).set({ createdAt }).where(eq(algorithmServices.id, 'echo'))
  const before = (await world.running.services.get('echo'))?.createdAt ?? new Date(0)
  await created(new Date(Date.now() + 60_000))
  const refused = await again()
  await created(before)
  expect(refusal(refused)).toEqual([409, 'run.service_replaced'])
  const taken = await again()
  expect(taken.statusCode).toBe(202)
  await world.ended(taken.json().run_id)
})

test('a link shows where a result comes from without its person, its code and its models', async () => {
  const id = await run({ steady: true })
  const secrets = ['user-tester', 'commit-2', 'git.example.org', 'releases/2/environment', 'secret-model']
  const facts = (await createProvenanceRepository(world).origin(id))?.facts
  if (!facts) throw new Error('no facts')
  const models = [{ path: 'secret-model.bin', sha256: 'c'.repeat(64) }]
  await world.db
    .update(runs)
    .set({ facts: { ...facts, models } })
    .where(eq(runs.id, id))
  const whole = await readProvenance(id)
  for (const secret of secrets) expect(JSON.stringify(whole)).toContain(secret)
  const { token } = await world.link({ kind: 'run', target_id: id, title: '' })
  const guest = world.visitor(token)
  const answer = await guest.send(`/runs/${id}/provenance`)
  for (const secret of secrets) expect(answer.body).not.toContain(secret)
  const shown = provenance.parse(answer.json())
  expect(shown.subject).toEqual(whole.subject)
  expect(shown.predicate.buildDefinition.externalParameters).toMatchObject({ service: 'echo', release: 2 })
  expect(
    shown.predicate.buildDefinition.resolvedDependencies.map(({ digest }) => digest?.['sha256']),
  ).toEqual([sha256('numpy==2.0\n'), 'c'.repeat(64)])
  expect(refusal(await guest.send(`/runs/${await run()}/provenance`))).toEqual([404, 'run.not_found'])
})
