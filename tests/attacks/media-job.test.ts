import { chmod, copyFile, lstat, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { identify } from '../../apps/server/src/lib/procfs/process-identity.ts'
import { jobAccounts } from '../../apps/server/src/lib/job-accounts.ts'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { noSandbox } from '../../apps/server/src/lib/sandbox/sandbox.ts'
import { describeAsRoot } from '../support/as-root.ts'
import { toolsThatRun, videoFacts } from './still.ts'

/** Nothing else on the machine uses these numbers. */
const block = { first: 2_110_000_000, size: 100 }
const otherAccount = { uid: 2_110_000_500, gid: 2_110_000_500 }

describeAsRoot('ffmpeg that a hostile file has taken over', () => {
  let folder = ''
  let victim = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-media-job-'))
    await chmod(folder, 0o711)
    await mkdir(join(folder, 'open'))
    await chmod(join(folder, 'open'), 0o777)
    victim = join(folder, 'victim')
    await writeFile(victim, 'kept')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  /** Makes a still of a video in a working folder, as the library does. */
  async function makeStill(script: string, meanwhile?: (own: string) => Promise<void>) {
    // Accounts must be a wall of their own, also where there is no sandbox.
    const jobs = { accounts: jobAccounts(block), sandbox: noSandbox }
    const tools = await toolsThatRun(script, folder, jobs)
    return tools.inFolder(async (own) => {
      const file = join(own, 'original')
      await copyFile(victim, file)
      const target = join(own, 'thumb')
      await tools.poster({ file, target, facts: videoFacts })
      await meanwhile?.(own)
      return { made: await readFile(target, 'utf8'), owner: (await lstat(target)).uid }
    })
  }

  test('cannot make root take a link as its result', async () => {
    await expect(makeStill(`ln -s ${victim} "$out"`)).rejects.toThrow('no plain file')
    expect([await readFile(victim, 'utf8'), (await stat(victim)).uid]).toEqual(['kept', 0])
  })

  test('cannot replace its result by a link later, because nothing of it goes on', async () => {
    const pidFile = join(folder, 'open', 'pid')
    const swap = `setsid env -i sh -c 'echo $$ > ${pidFile}; while :; do ln -sf ${victim} '"$out"'; done' >/dev/null 2>&1 &`
    const made = await makeStill(`${swap}\nwhile [ ! -s ${pidFile} ]; do :; done`).catch(() => null)
    expect(made?.made).not.toBe('kept')
    expect(await identify(Number(await readFile(pidFile, 'utf8')))).toBeNull()
  })

  test('gives a plain file that root owns from then on', async () => {
    expect(await makeStill('echo picture > "$out"')).toEqual({ made: 'picture\n', owner: 0 })
  })

  test('works in a folder that another account cannot enter, even if it knows its name', async () => {
    await makeStill('echo picture > "$out"', async (own) => {
      const list = { file: '/bin/cat', args: [join(own, 'original')], cwd: '/', env: {} }
      expect((await runCommand({ ...list, runAs: otherAccount })).exitCode).not.toBe(0)
      expect((await runCommand(list)).exitCode).toBe(0)
    })
  })
})
