import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCommand } from '../lib/run-command.ts'
import { accountOf, overlap, type AccountBlock } from '../lib/account-block.ts'
import { findSystemUser } from '../lib/system-user.ts'
import { chooseAccounts } from './accounts.ts'
import { chooseBlock, readBlockCheck } from './choose-account-block.ts'

const isRoot = process.getuid?.() === 0
let dataFolder: string
beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'vitrine-accounts-'))
  await chmod(dataFolder, 0o711)
})
afterEach(() => rm(dataFolder, { recursive: true, force: true }))

const choose = (node = '/bin/true', npm = 'npm', wanted: AccountBlock | null = null) =>
  chooseAccounts({ dataFolder, nodeTools: { node, npm }, wanted, isDropped: false })

test.skipIf(isRoot)(
  'an ordinary user changes to no other account, and a warning says so (skipped: the tests run as root)',
  async () => {
    expect(await choose()).toEqual({
      database: null,
      block: null,
      nodeTools: { node: '/bin/true', npm: 'npm' },
      problem: { code: 'not_root' },
      warning: expect.stringContaining('one account'),
    })
  },
)

describe.skipIf(!isRoot)(`as root${isRoot ? '' : ' (skipped: the tests do not run as root)'}`, () => {
  test('the database has an account, and services have a block of numbers that no entry of the machine uses', async () => {
    const { database, block, warning } = await choose()
    if (!block) throw new Error('there is no block')
    expect(warning).toBeNull()
    expect(database?.uid).not.toBe(0)
    expect((await readBlockCheck())(block)).toBeNull()
  })

  test('a data folder keeps its block, and another one of the machine has another', async () => {
    const { block } = await choose()
    expect((await choose()).block).toEqual(block)
    const other = await chooseBlock(join(dataFolder, 'other'), block).catch((error: unknown) => error)
    expect(String(other)).toContain('another platform')
  })

  test('a copy of a data folder gets a block of its own', async () => {
    const { block } = await choose()
    const copy = `${dataFolder}-copy`
    try {
      await mkdir(copy)
      await copyFile(join(dataFolder, 'accounts.json'), join(copy, 'accounts.json'))
      const other = await chooseBlock(copy, null)
      expect(other).not.toBeNull()
      expect(other && block && overlap(other, block)).toBe(false)
    } finally {
      await rm(copy, { recursive: true, force: true })
    }
  })

  test('numbers that an entry of the machine uses are refused, and the entry is named', async () => {
    await expect(choose('/bin/true', 'npm', { first: 65_000, size: 1_000 })).rejects.toThrow('/etc/passwd')
  })

  test('the database keeps the account that owns its files', async () => {
    const daemon = await findSystemUser(['daemon'])
    await mkdir(join(dataFolder, 'postgres'))
    await chown(join(dataFolder, 'postgres'), daemon?.uid ?? -1, daemon?.gid ?? -1)
    expect((await choose()).database).toEqual(daemon)
  })

  test('if other accounts cannot enter the data folder, algorithms run as root and a warning names the folder', async () => {
    await chmod(dataFolder, 0o700)
    const { block, problem, warning } = await choose()
    expect(block).toBeNull()
    expect(problem).toEqual({ code: 'folder_closed', path: dataFolder })
    expect(warning).toContain(dataFolder)
  })

  test('if other accounts can run neither node nor a copy of it, algorithms run as root and a warning names node', async () => {
    const { block, problem, warning } = await choose('/bin/false')
    expect(block).toBeNull()
    expect(problem).toEqual({ code: 'node_closed', path: '/bin/false' })
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

    const { block, nodeTools, warning } = await choose(node, npm)
    expect(warning).toBeNull()
    expect(nodeTools.node).toMatch(`${dataFolder}/runtimes/`)
    expect(nodeTools.npm).toMatch(`${dataFolder}/runtimes/`)
    const ran = await runCommand({
      file: process.execPath,
      args: [nodeTools.npm],
      cwd: '/',
      env: {},
      runAs: accountOf(block?.first ?? 0),
    })
    expect(ran).toMatchObject({ exitCode: 0, stdout: ['it is npm'] })

    await rm(join(npmFolder, 'npm-cli.js'))
    expect((await choose(node, npm)).nodeTools).toEqual(nodeTools)
  })
})
