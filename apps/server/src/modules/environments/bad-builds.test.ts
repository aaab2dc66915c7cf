import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { pathExists } from '../../lib/path-exists.ts'
import { runCommand } from '../../lib/run-command.ts'
import { zipFile } from '../../../../../tests/support/zip-file.ts'
import { python } from './other-python.test-setup.ts'
import { environmentsAt, requestFor } from './request.test-setup.ts'

const hasPython = await pathExists(python)
const missing = hasPython ? '' : ` (skipped: there is no ${python})`

async function folderFor(name: string) {
  const root = await mkdtemp(join(tmpdir(), `vitrine-${name}-`))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  return root
}

/** A package with these files. */
async function packageIn(root: string, files: Record<string, string | Uint8Array>) {
  const folder = join(root, 'package')
  await mkdir(folder)
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  return folder
}

const mount = (...args: string[]) =>
  runCommand({ file: 'mount', args, cwd: '/', env: { PATH: '/usr/sbin:/usr/bin:/bin' } })

/** Mounts a file system of so many mebibytes in memory at a folder, for the time of a test. False if this is not permitted. */
async function smallDisk(folder: string, mib: number): Promise<boolean> {
  const { exitCode } = await mount('-t', 'tmpfs', '-o', `size=${mib}m,mode=0711`, 'tmpfs', folder)
  if (exitCode === 0)
    onTestFinished(
      async () =>
        void (await runCommand({ file: 'umount', args: [folder], cwd: '/', env: { PATH: '/usr/bin:/bin' } })),
    )
  return exitCode === 0
}

/** A wheel that is larger than what it names. */
const largeWheel = (mib: number) =>
  new Uint8Array(
    zipFile([
      { name: 'large.bin', content: randomBytes(mib * 1024 ** 2) },
      { name: 'large-1.0.dist-info/METADATA', content: 'Metadata-Version: 2.1\nName: large\nVersion: 1.0\n' },
      {
        name: 'large-1.0.dist-info/WHEEL',
        content: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
      },
      { name: 'large-1.0.dist-info/RECORD', content: '' },
    ]),
  )

describe.skipIf(!hasPython)(`a build that cannot end well${missing}`, () => {
  test('is ended when its time is over, if the index never answers, and that is the cause', async () => {
    const root = await folderFor('slow-index')
    const server = createServer(() => undefined).listen(0, '127.0.0.1')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    await once(server, 'listening')
    const address = server.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const environments = environmentsAt(join(root, 'environments'), {
      pythons: [python],
      pipIndexUrl: `http://127.0.0.1:${port}/simple`,
      timeoutMs: 12_000,
    })
    const folder = await packageIn(root, { 'requirements.txt': 'no-such-package-of-ours\n' })
    await expect(environments.prepare(requestFor(folder))).rejects.toMatchObject({
      code: 'deploy.environment_failed',
      details: { cause: { en: expect.stringContaining('did not end in time') }, may_pass: true },
    })
    expect(await readdir(join(root, 'environments'))).toEqual([])
  }, 120_000)

  for (const [what, mib] of [
    ['what the package has itself', 24],
    ['what is installed', 40],
  ] as const)
    test(`says that the disk is full if ${what} fills it, and frees the space again`, async ({ skip }) => {
      const root = await folderFor('full-disk')
      const environments = join(root, 'environments')
      await mkdir(environments)
      if (!(await smallDisk(environments, mib))) skip('mounting a small file system needs root')
      const name = 'large-1.0-py3-none-any.whl'
      const folder = await packageIn(root, { 'requirements.txt': `./${name}\n`, [name]: largeWheel(32) })
      const made = environmentsAt(environments, {
        pythons: [python],
        pipIndexUrl: 'http://127.0.0.1:9/simple',
      })
      await expect(made.prepare(requestFor(folder))).rejects.toMatchObject({
        code: 'deploy.environment_failed',
        details: { cause: { en: expect.stringContaining('The disk is full') } },
      })
      expect(await readdir(environments)).toEqual([])
    }, 120_000)
})
