import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCommand } from '../lib/run-command.ts'
import { chooseAccounts } from './accounts.ts'

const isRoot = process.getuid?.() === 0
let dataFolder: string
beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'vitrine-accounts-'))
  await chmod(dataFolder, 0o711)
})
afterEach(() => rm(dataFolder, { recursive: true, force: true }))

const choose = (node = '/bin/true', npm = 'npm') => chooseAccounts({ dataFolder, nodeTools: { node, npm } })

test.skipIf(isRoot)(
  'an ordinary user changes to no other account (skipped: the tests run as root)',
  async () => {
    expect(await choose()).toEqual({
      database: null,
      algorithms: null,
      media: null,
      nodeTools: { node: '/bin/true', npm: 'npm' },
      warning: null,
    })
  },
)

describe.skipIf(!isRoot)(`as root${isRoot ? '' : ' (skipped: the tests do not run as root)'}`, () => {
  test('database, algorithms and media tools have an account each, none of them root', async () => {
    const { database, algorithms, media, warning } = await choose()
    const uids = [database, algorithms, media].map((account) => account?.uid)
    expect(warning).toBeNull()
    expect(new Set(uids).size).toBe(3)
    expect(uids).not.toContain(undefined)
    expect(uids).not.toContain(0)
  })

  test.each(['algorithms', 'media'] as const)(
    'the database keeps the account that owns its files, even that of the %s, which then get another account',
    async (part) => {
      const owner = (await choose())[part]
      if (!owner) throw new Error(`this machine has no account for ${part}`)
      await mkdir(join(dataFolder, 'postgres'))
      await chown(join(dataFolder, 'postgres'), owner.uid, owner.gid)
      const { database, algorithms, media } = await choose()
      expect(database).toEqual(owner)
      expect(new Set([database, algorithms, media].map((account) => account?.uid)).size).toBe(3)
    },
  )

  test('if their account cannot enter the data folder, algorithms run as root and a warning names the folder', async () => {
    await chmod(dataFolder, 0o700)
    const { algorithms, warning } = await choose()
    expect(algorithms).toBeNull()
    expect(warning).toContain(dataFolder)
  })

  test('if their account can run neither node nor a copy of it, algorithms run as root and a warning names node', async () => {
    const { algorithms, warning } = await choose('/bin/false')
    expect(algorithms).toBeNull()
    expect(warning).toContain('/bin/false')
    expect(await readdir(join(dataFolder, 'runtimes'))).toEqual([])
  })

  test('if node and npm are in a closed folder, algorithms run copies of both, which are made once', async () => {
    const home = join(dataFolder, 'home')
    const npmFolder = join(home, 'lib', 'node_modules', 'npm', 'bin')
    await mkdir(join(home, 'bin'), { recursive: true })
    await mkdir(npmFolder, { recursive: true })
    const [node, npm] = [join(home, 'bin', 'node'), join(home, 'bin', 'npm')]
    await copyFile('/bin/true', node)
    await writeFile(join(npmFolder, 'npm-cli.js'), 'console.log("it is npm")', { mode: 0o700 })
    await symlink('../lib/node_modules/npm/bin/npm-cli.js', npm)
    await chmod(home, 0o700)

    const { algorithms, nodeTools, warning } = await choose(node, npm)
    expect(warning).toBeNull()
    expect(nodeTools.node).toMatch(`${dataFolder}/runtimes/`)
    expect(nodeTools.npm).toMatch(`${dataFolder}/runtimes/`)
    const [uid, gid] = [algorithms?.uid ?? 0, algorithms?.gid ?? 0]
    const ran = await runCommand({
      file: process.execPath,
      args: [nodeTools.npm],
      cwd: '/',
      env: {},
      runAs: { uid, gid },
    })
    expect(ran).toMatchObject({ exitCode: 0, stdout: ['it is npm'] })

    await rm(join(npmFolder, 'npm-cli.js'))
    expect((await choose(node, npm)).nodeTools).toEqual(nodeTools)
  })
})
