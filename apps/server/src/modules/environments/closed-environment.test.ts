import { access, chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeAsRoot } from '../../../../../tests/support/as-root.ts'
import { isInBlock } from '../../lib/account-block.ts'
import { runCommand } from '../../lib/run-command.ts'
import { environmentsAt, requestFor } from './request.test-setup.ts'
import { wheel } from './wheel.test-setup.ts'

const python = '/usr/bin/python3'
const hasPython = await access(python).then(
  () => true,
  () => false,
)
/** Nothing else on the machine uses these numbers. */
const numbers = { jobs: { first: 2_110_002_000, size: 9 }, groups: { first: 2_110_002_010, size: 20 } }
const otherAccount = { uid: 2_110_002_100, gid: 2_110_002_100 }

describeAsRoot('an environment with a group', () => {
  test.skipIf(!hasPython)(
    'is used by the tests of a package that needs it, and read by no other account',
    async () => {
      const root = await mkdtemp(join(tmpdir(), 'vitrine-closed-'))
      try {
        await chmod(root, 0o711)
        const packageFolder = join(root, 'package')
        await mkdir(packageFolder)
        await writeFile(join(packageFolder, 'requirements.txt'), './tiny-1.0-py3-none-any.whl\n')
        await writeFile(join(packageFolder, 'tiny-1.0-py3-none-any.whl'), wheel('tiny', '1.0'))
        const environments = environmentsAt(join(root, 'environments'), { pythons: [python], numbers })
        const request = requestFor(packageFolder)
        const environment = await environments.prepare(request)
        const content = environment?.links[0]?.target ?? ''
        const { uid, gid, mode } = await stat(join(content, '..'))
        expect([uid, isInBlock(numbers.groups, gid), mode & 0o777]).toEqual([0, true, 0o710])
        const look = { file: '/bin/cat', args: [join(content, 'pyvenv.cfg')], cwd: '/', env: {} }
        expect((await runCommand(look)).exitCode).toBe(0)
        expect((await runCommand({ ...look, runAs: otherAccount })).exitCode).not.toBe(0)

        await symlink(content, join(packageFolder, 'venv'))
        const tested = await environments.runInCopy({
          packageFolder,
          environment,
          command: ['python', '-c', 'import os, tiny; print(tiny.__version__, os.getuid() == 0)'],
          timeoutMs: 120_000,
          waiter: request,
        })
        expect(tested).toMatchObject({ exitCode: 0, stdout: ['1.0 False'] })
      } finally {
        await rm(root, { recursive: true, force: true })
      }
    },
  )
})
