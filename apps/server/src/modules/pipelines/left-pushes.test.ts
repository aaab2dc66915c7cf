import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { createOpenPushes } from '../algorithms/open-pushes.ts'
import { createLeftLooks, leftOf, pauseAfter } from './left-pushes.ts'
import { codeOf, openPipelinesWorld, type PipelinesWorld } from './pipelines.test-world.ts'

describe('what nobody has done yet for the newest commit', () => {
  const refused = { commit: 'b' }
  test.each([
    ['it is no version', { isVersion: false, refused: null, seen: [] }, 'version'],
    [
      'it is no version, and services wait for it',
      { isVersion: false, refused: null, seen: ['a'] },
      'version',
    ],
    ['it was refused', { isVersion: false, refused, seen: ['a'] }, 'nothing'],
    [
      'the platform failed',
      { isVersion: false, refused: { ...refused, failedHere: true }, seen: [] },
      'version',
    ],
    ['another one was refused', { isVersion: false, refused: { commit: 'a' }, seen: [] }, 'version'],
    ['a version that nobody deploys', { isVersion: true, refused: null, seen: [] }, 'nothing'],
    [
      'a version that all services have seen',
      { isVersion: true, refused: null, seen: ['b', 'b'] },
      'nothing',
    ],
    ['a version that one has not seen', { isVersion: true, refused: null, seen: ['b', 'a'] }, 'services'],
    ['a version that one has never seen', { isVersion: true, refused: null, seen: [null] }, 'services'],
    ['a version that was refused before', { isVersion: true, refused, seen: ['a'] }, 'services'],
  ] as const)('%s', (_name, known, left) => {
    expect(leftOf({ commit: 'b', ...known })).toBe(left)
  })
})

test('the pauses between looks that fail grow, up to a bound', () => {
  expect([1, 2, 3, 4, 5, 6, 2_000].map(pauseAfter)).toEqual([1, 2, 4, 8, 16, 16, 16])
})

describe('pushes to the platform’s own host that were interrupted', () => {
  let server: GiteaStandIn
  let world: PipelinesWorld
  beforeEach(async () => {
    server = await GiteaStandIn.open()
    world = await openPipelinesWorld(server)
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await world.close()
    await server.close()
  })

  const ended = ({ state }: { state: string }) => state !== 'queued' && state !== 'running'
  const away = () => Promise.reject(new Error('the database is away'))
  /** An algorithm, deployed as these services, which deploy its pushes. */
  async function watched(...services: string[]) {
    const commit = await world.upload('own', codeOf(1))
    for (const id of services) {
      await world.deploy('own', commit, testActor('admin'), id)
      await world.watch(id)
    }
    return commit
  }
  /** Moves `main` as git does it after a push, and does no more: the state after a `kill -9`. */
  function onlyGit(content: string, message: string): string {
    const bare = join(world.repositories, 'own.git')
    const who = {
      GIT_AUTHOR_NAME: '李四',
      GIT_AUTHOR_EMAIL: 'l',
      GIT_COMMITTER_NAME: '李四',
      GIT_COMMITTER_EMAIL: 'l',
    }
    const git = (args: string[], input = '') =>
      execFileSync('git', ['--git-dir', bare, ...args], { input, env: { PATH: process.env.PATH, ...who } })
        .toString()
        .trim()
    const blob = git(['hash-object', '-w', '--stdin'], content)
    const tree = git(['mktree'], `100644 blob ${blob}\tai_algorithm.py\n`)
    const commit = git(['commit-tree', tree, '-p', 'main', '-m', message])
    git(['update-ref', 'refs/heads/main', commit])
    return commit
  }
  /** The database is away for the next question where code is kept, which is the first one after a new version. */
  function loseNews(): void {
    const { places } = world.deps
    const get = () => {
      world.deps.places = places
      return away()
    }
    world.deps.places = { ...places, get }
  }
  const newest = () => world.deps.algorithms.algorithms.version('own')

  test('a commit that git has and that is no version becomes one at the start, and is deployed', async () => {
    await watched('one', 'two')
    const commit = onlyGit(codeOf(2)['ai_algorithm.py'] ?? '', 'lost')
    await createLeftLooks(world.deps)()
    expect(await newest()).toMatchObject({ commit, number: 2, message: 'lost', createdBy: 'admin-tester' })
    for (const id of ['one', 'two'])
      expect(await world.until(id, ended)).toMatchObject({ state: 'succeeded', commit })
    expect(world.failures).toEqual([])
  })

  test('a commit that is no algorithm is refused once, and not looked at again', async () => {
    await watched('one')
    const commit = onlyGit('x = (', 'broken')
    const recognise = vi.spyOn(world.deps.algorithms.recogniser, 'recognise')
    await createLeftLooks(world.deps)()
    await createLeftLooks(world.deps)()
    expect(recognise).toHaveBeenCalledTimes(1)
    expect((await world.deps.places.get('own'))?.refusedPush).toMatchObject({ commit, message: 'broken' })
    expect(await newest()).toMatchObject({ number: 1 })
  })

  test('a commit at which the platform fails again and again is tried after longer and longer pauses, also without a rule', async () => {
    await world.upload('own', codeOf(1))
    const commit = onlyGit(codeOf(2)['ai_algorithm.py'] ?? '', 'unlucky')
    const broken = vi.spyOn(world.deps.algorithms.recogniser, 'recognise')
    for (let failures = 0; failures < 2; failures += 1)
      broken.mockImplementationOnce(() => Promise.reject(new Error('the thread has ended')))
    const looks = createLeftLooks(world.deps)
    await looks()
    expect((await world.deps.places.get('own'))?.refusedPush).toMatchObject({ commit, failedHere: true })
    for (const tried of [2, 2]) {
      await looks()
      expect(broken).toHaveBeenCalledTimes(tried)
    }
    expect(await newest()).toMatchObject({ number: 1 })
    await looks()
    expect(await newest()).toMatchObject({ commit, number: 2, message: 'unlucky' })
    expect(world.failures).toHaveLength(2)
  })

  test('something new that is left of an algorithm ends its pause', async () => {
    await world.upload('own', codeOf(1))
    onlyGit(codeOf(2)['ai_algorithm.py'] ?? '', 'unlucky')
    const broken = vi.spyOn(world.deps.algorithms.recogniser, 'recognise')
    for (let failures = 0; failures < 2; failures += 1)
      broken.mockImplementationOnce(() => Promise.reject(new Error('the thread has ended')))
    const looks = createLeftLooks(world.deps)
    await looks()
    await looks()
    const commit = onlyGit(codeOf(3)['ai_algorithm.py'] ?? '', 'newer')
    world.deps.openPushes.leave('own')
    await looks()
    expect(await newest()).toMatchObject({ commit, number: 2, message: 'newer' })
  })

  test('a version whose news was lost is deployed by the next round, and by the next start', async () => {
    await watched('one')
    const looks = createLeftLooks(world.deps)
    await looks()
    loseNews()
    const second = await world.upload('own', codeOf(2))
    await expect.poll(() => world.failures).toHaveLength(1)
    expect(await world.pipelines('one')).toEqual([])
    await looks()
    expect(await world.until('one', ended)).toMatchObject({ commit: second, trigger: 'polling' })
    // A restart in between forgets even that something failed.
    loseNews()
    const third = await world.upload('own', codeOf(3))
    await expect.poll(() => world.failures).toHaveLength(2)
    world.deps.openPushes = createOpenPushes()
    await createLeftLooks(world.deps)()
    expect(await world.until('one', (row) => row.commit === third && ended(row))).toMatchObject({
      state: 'succeeded',
    })
  })

  test('a look that fails keeps no other service from a push, and is made again', async () => {
    await watched('one', 'two')
    const { rules } = world.deps
    const [first = '', other = ''] = await world.deps.rules.watching('own')
    let isAway = true
    world.deps.rules = { ...rules, get: (id) => (isAway && id === first ? away() : rules.get(id)) }
    const commit = await world.upload('own', codeOf(2))
    expect(await world.until(other, ended)).toMatchObject({ state: 'succeeded', commit })
    expect(await world.pipelines(first)).toEqual([])
    isAway = false
    await createLeftLooks(world.deps)()
    expect(await world.until(first, ended)).toMatchObject({ state: 'succeeded', commit })
  })

  test('repositories are asked at the start, then each tenth time where a rule says so, and where something failed', async () => {
    await watched('one')
    await world.upload('alone', codeOf(1))
    const looks = createLeftLooks(world.deps)
    const resolve = vi.spyOn(world.deps.codeHost, 'resolve')
    const asked = async () => {
      resolve.mockClear()
      await looks()
      return resolve.mock.calls.map(([id]) => id).toSorted()
    }
    vi.spyOn(world.deps.places, 'keptElsewhere').mockImplementationOnce(away)
    await expect(asked()).rejects.toThrow('away')
    expect(await asked()).toEqual(['alone', 'own'])
    world.deps.openPushes.leave('alone')
    expect(await asked()).toEqual(['alone'])
    for (let round = 3; round <= 10; round += 1) expect(await asked()).toEqual([])
    expect(await asked()).toEqual(['own'])
  })

  test('what a push is just bringing is left to that push', async () => {
    await watched('one')
    const looks = createLeftLooks(world.deps)
    const commit = onlyGit(codeOf(2)['ai_algorithm.py'] ?? '', 'arriving')
    const end = world.deps.openPushes.begin('own')
    await looks()
    expect(await newest()).toMatchObject({ number: 1 })
    end()
    await looks()
    expect(await newest()).toMatchObject({ number: 2, commit })
    await world.until('one', ended)
  })
})
