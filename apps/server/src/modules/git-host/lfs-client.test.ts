import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findProgram } from '../../lib/find-program.ts'
import { smallest } from '../algorithms/algorithms.test-world.ts'
import { digestOf, openLfsWorld, owner } from './lfs.test-world.ts'

const gitLfs = await findProgram('git-lfs', process.env.PATH ?? '')
let opened: Awaited<ReturnType<typeof openLfsWorld>>
let world: (typeof opened)['world']
let origin: string
let client: (typeof opened)['client']
beforeAll(async () => {
  opened = await openLfsWorld()
  ;({ world, origin, client } = opened)
})
afterAll(() => opened.close())

// The client is a program of its own (Debian: git-lfs), which a machine that runs the platform does not need.
describe.runIf(gitLfs !== null)('with the client git-lfs', () => {
  const address = (who: string) => `${origin.replace('://', `://any:${who}@`)}/git/cloned.git`
  async function clone(who: string, lfs: boolean) {
    const folder = await mkdtemp(join(world.folder, 'clone-'))
    const filters = lfs
      ? ['-c', 'filter.lfs.smudge=git-lfs smudge -- %f', '-c', 'filter.lfs.required=true']
      : []
    return { folder, ...(await client([...filters, 'clone', '--quiet', address(who), '.'], folder)) }
  }

  test('git lfs push sends the file, the version names it, and a clone has it again', async () => {
    const content = randomBytes(2_000_000)
    const sha256 = digestOf(content)
    const { folder } = await clone('owner', false)
    expect(await client(['lfs', 'install', '--local'], folder)).toMatchObject({ ok: true })
    expect(await client(['lfs', 'track', '*.bin'], folder)).toMatchObject({ ok: true })
    await writeFile(join(folder, 'model.bin'), content)
    await client(['add', '--all'], folder)
    expect(await client(['commit', '--quiet', '-m', 'weights'], folder)).toMatchObject({ ok: true })
    const pushed = await client(['push', 'origin', 'HEAD:main'], folder)
    expect(pushed).toMatchObject({ ok: true, output: expect.stringContaining('This is now code version v2') })
    const latest = (await world.get('/cloned/versions/2')).json()
    expect(latest.manifest.models).toEqual([
      { path: 'model.bin', sha256, size: content.length, source: 'store' },
    ])
    expect(await world.models.owned(owner.id, [sha256])).toHaveLength(1)
    const again = await clone('owner', true)
    expect(again.ok).toBe(true)
    expect((await readFile(join(again.folder, 'model.bin'))).equals(content)).toBe(true)
    expect((await clone('neighbour', true)).output).toContain('GIT_LFS_SKIP_SMUDGE=1')
  })

  test('the very first push to a new name sends the file and creates the algorithm', async () => {
    const content = randomBytes(1_000_000)
    const folder = await mkdtemp(join(world.folder, 'new-'))
    await client(['init', '--quiet', '--initial-branch=main', '.'], folder)
    await client(['lfs', 'install', '--local'], folder)
    await client(['lfs', 'track', '*.bin'], folder)
    await writeFile(join(folder, 'ai_algorithm.py'), smallest)
    await writeFile(join(folder, 'model.bin'), content)
    await client(['add', '--all'], folder)
    expect(await client(['commit', '--quiet', '-m', 'all at once'], folder)).toMatchObject({ ok: true })
    const created = `${origin.replace('://', '://any:owner@')}/git/newcomer.git`
    await client(['remote', 'add', 'origin', created], folder)
    const pushed = await client(['push', 'origin', 'HEAD:main'], folder)
    expect(pushed).toMatchObject({ ok: true, output: expect.stringContaining('This is now code version v1') })
    expect(pushed.output).not.toContain('does not have the model file')
    const { manifest } = (await world.get('/newcomer/versions/1')).json()
    expect(manifest.models).toMatchObject([{ path: 'model.bin', sha256: digestOf(content), source: 'store' }])
  })
})
