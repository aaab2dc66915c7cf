import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  chooseEnforcement,
  holds,
  type LimitMachine,
} from '../../apps/server/src/adapters/process-runner/resource-limits/enforcement.ts'
import {
  limitedJobs,
  type LimitedJobs,
} from '../../apps/server/src/adapters/process-runner/resource-limits/limited-jobs.ts'
import { unlimitedJobs } from '../../apps/server/src/adapters/process-runner/resource-limits/limited-jobs.test-setup.ts'
import { examineMachine } from '../../apps/server/src/adapters/process-runner/resource-limits/machine.ts'
import { resourceLimits } from '../../apps/server/src/adapters/process-runner/resource-limits/resource-limits.ts'
import { identify } from '../../apps/server/src/lib/procfs/process-identity.ts'
import { jobAccounts } from '../../apps/server/src/lib/job-accounts.ts'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { noSandbox } from '../../apps/server/src/lib/sandbox/sandbox.ts'
import { describeAsRoot } from '../support/as-root.ts'
import { mostBytes, toolsThatRun, videoFacts } from './still.ts'

/** Nothing else on the machine uses these numbers. */
const block = { first: 2_110_000_000, size: 100 }
const isHeld = holds(chooseEnforcement(await examineMachine()), 'memory')
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
  async function makeStill(
    script: string,
    {
      meanwhile,
      jobs = unlimitedJobs,
    }: { meanwhile?: (own: string) => Promise<void>; jobs?: LimitedJobs } = {},
  ) {
    // Accounts must be a wall of their own, also where there is no sandbox.
    const tools = await toolsThatRun(script, folder, {
      accounts: jobAccounts(block),
      sandbox: noSandbox,
      jobs,
    })
    return tools.inFolder(async (own) => {
      const file = join(own, 'original')
      await copyFile(victim, file)
      const target = join(own, 'thumb')
      await tools.poster({ file, mostBytes, target, facts: videoFacts })
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

  test('cannot fill the disk, neither with its result nor with files beside it', async () => {
    const much = (path: string) => `head -c ${mostBytes + 1} /dev/zero > ${path}`
    const tooLarge = { code: 'media.result_too_large', details: { limit_bytes: mostBytes } }
    await expect(makeStill(much('"$out"'))).rejects.toMatchObject(tooLarge)
    await expect(makeStill('truncate -s 10G "$out"')).rejects.toMatchObject(tooLarge)
    // It goes on until it is ended.
    await expect(makeStill(`${much('"$out.beside"')}; exec sleep 1000`)).rejects.toMatchObject(tooLarge)
    expect(await readdir(join(folder, 'work'))).toEqual([])
  }, 60_000)

  test('works in a folder that another account cannot enter, even if it knows its name', async () => {
    const meanwhile = async (own: string) => {
      const list = { file: '/bin/cat', args: [join(own, 'original')], cwd: '/', env: {} }
      expect((await runCommand({ ...list, runAs: otherAccount })).exitCode).not.toBe(0)
      expect((await runCommand(list)).exitCode).toBe(0)
    }
    await makeStill('echo picture > "$out"', { meanwhile })
  })

  describe('with the memory of a job', () => {
    const memoryMb = 32
    const reservedMb = 30
    /** Runs a script within limits that `machine` enforces, or no cgroup if it is null. */
    async function within(script: string, examine?: () => Promise<LimitMachine>) {
      const limiter = resourceLimits({
        owner: folder,
        stateFile: join(folder, 'limits', 'cgroups.json'),
        ...(examine && { examine }),
      })
      await limiter.open(new Set())
      const jobs = limitedJobs(limiter, { memory_mb: memoryMb }, { reservedMb })
      try {
        return await makeStill(script, { jobs })
      } finally {
        await jobs.close()
      }
    }
    const tooMuch = { code: 'media.out_of_memory', status: 422, details: { limit_mb: memoryMb } }
    /** `tail` holds what it may have to print. */
    const bomb = 'head -c 100000000 /dev/zero | tail -c 99999999 > "$out" || exit 1'

    test.skipIf(!isHeld)(
      `is ended by the kernel when it takes more, and the error says so${isHeld ? '' : ' (skipped: this machine lets us make no cgroups)'}`,
      async () => {
        await expect(within(bomb)).rejects.toMatchObject(tooMuch)
        // The limit is that of one job: the next one begins with nothing.
        expect((await within('echo picture > "$out"')).made).toBe('picture\n')
      },
      120_000,
    )

    const noGroups = async () => ({ ...(await examineMachine()), v1: {}, v2: null })

    test('is refused more where the machine has no cgroups, and the error says so', async () => {
      const asked = within('ulimit -v > "$out"', noGroups)
      expect((await asked).made).toBe(`${(memoryMb + reservedMb) * 1024}\n`)
      const refused = 'echo "[vf#0] Error while filtering: Cannot allocate memory" >&2; exit 1'
      await expect(within(refused, noGroups)).rejects.toMatchObject(tooMuch)
      await expect(within(bomb, noGroups)).rejects.toMatchObject({ code: 'media.unreadable' })
    }, 120_000)
  })
})
