import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findNodeTools, npmEnvironment } from './node-tools.ts'

let folder: string
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'vitrine-node-tools-'))))
afterEach(() => rm(folder, { recursive: true, force: true }))

async function program(...parts: string[]): Promise<string> {
  const file = join(folder, ...parts)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, '')
  await chmod(file, 0o755)
  return file
}

test('npm is taken from beside node, else from the path', async () => {
  const node = await program('own', 'bin', 'node')
  const onPath = await program('machine', 'npm')
  expect(await findNodeTools(node, dirname(onPath))).toEqual({ node, npm: onPath })
  const beside = await program('own', 'bin', 'npm')
  expect(await findNodeTools(node, dirname(onPath))).toEqual({ node, npm: beside })
  expect(await findNodeTools('/nowhere/node', '')).toEqual({ node: '/nowhere/node', npm: 'npm' })
})

test('npm and the programs it runs find this node first, and its headers if they are beside it', async () => {
  const node = await program('own', 'bin', 'node')
  const env = { PATH: join(folder, 'bin'), LANG: 'C.UTF-8' }
  const expected = { PATH: `${dirname(node)}:${env.PATH}`, LANG: 'C.UTF-8' }
  expect(await npmEnvironment({ node, npm: 'npm' }, env)).toEqual(expected)
  await program('own', 'include', 'node', 'node.h')
  const withHeaders = { ...expected, npm_config_nodedir: join(folder, 'own') }
  expect(await npmEnvironment({ node, npm: 'npm' }, env)).toEqual(withHeaders)
})

test('the machine’s npm settings hold under this node, unless the environment names others', async () => {
  const node = await program('own', 'bin', 'node')
  const npm = await program('machine', 'bin', 'npm')
  const env = { PATH: dirname(npm) }
  expect(await npmEnvironment({ node, npm }, env)).not.toHaveProperty('NPM_CONFIG_GLOBALCONFIG')
  const settings = await program('machine', 'etc', 'npmrc')
  expect(await npmEnvironment({ node, npm }, env)).toMatchObject({ NPM_CONFIG_GLOBALCONFIG: settings })
  const named = { NPM_CONFIG_GLOBALCONFIG: '/other/npmrc' }
  expect(await npmEnvironment({ node, npm }, { ...env, ...named })).toMatchObject(named)
})
