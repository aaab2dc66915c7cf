import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { buildIfChanged } from './stamp.mjs'

async function openBuilds() {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-stamp-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const built: string[] = []
  const build = (stamp: string, failure?: Error) =>
    buildIfChanged({
      file: join(folder, 'stamps', 'part'),
      stamp,
      build: () => {
        built.push(stamp)
        if (failure) throw failure
      },
    })
  return { built, build }
}

test('builds what has changed since the last build, and nothing else', async () => {
  const { built, build } = await openBuilds()
  for (const stamp of ['a', 'a', 'b', 'a']) await build(stamp)
  expect(built).toEqual(['a', 'b', 'a'])
})

test('builds again after a build that failed, also what was built before it', async () => {
  const { built, build } = await openBuilds()
  await build('a')
  await expect(build('b', new Error('does not compile'))).rejects.toThrow('does not compile')
  await build('a')
  expect(built).toEqual(['a', 'b', 'a'])
})
