import { writeFile, chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tryGit } from '../../apps/server/src/adapters/code-host/git-command.ts'
import { codeHostIn } from '../../apps/server/src/modules/algorithms/code-host.test-setup.ts'
import { sandboxHere, skipFilter } from '../../apps/server/src/lib/sandbox/sandbox.test-setup.ts'

const skipped = skipFilter === null ? '' : ` (skipped: ${skipFilter})`

/** Git is given a helper to run, as a flaw in git would let a pushed repository do. */
describe.skipIf(skipFilter !== null)(`git on what somebody has pushed${skipped}`, () => {
  let folder: string
  let host: ReturnType<typeof codeHostIn>
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-git-attack-'))
    const limits = { files: 100, entries: 1_000, unpackedBytes: 1024 ** 2, pathBytes: 1_000, pathDepth: 40 }
    const repositories = join(folder, 'repositories')
    host = codeHostIn(repositories, { sandbox: sandboxHere, limits })
    for (const algorithmId of ['mine', 'theirs']) {
      const source = await mkdtemp(join(folder, 'source-'))
      await writeFile(join(source, 'code.py'), algorithmId)
      const author = { name: 'a', email: 'a@b' }
      await host.commitFolder({ algorithmId, folder: source, message: '', author })
    }
    await writeFile(join(folder, 'secret'), 'a key of the platform')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  /** Runs a script as a program that git starts while it works on the repository. */
  async function runInGit(script: string) {
    const path = join(folder, 'repositories', 'mine.git')
    const helper = join(path, 'helper.sh')
    await writeFile(helper, `#!/bin/sh\n${script}\n`)
    await chmod(helper, 0o755)
    const args = ['-c', `alias.attack=!${helper}`, 'attack']
    const { stdout, stderr } = await tryGit({ repository: { path, sandbox: sandboxHere }, args })
    return `${stdout.toString('utf8')}${stderr}`
  }

  test('still works', async () => {
    const commit = await host.resolve('mine', 'main')
    expect(await host.files('mine', commit ?? '')).toEqual([{ path: 'code.py', size: 4 }])
    const out = join(folder, 'out')
    await host.checkout({ algorithmId: 'mine', commit: commit ?? '', folder: out })
    expect(await runInGit('echo run')).toContain('run')
  })

  test('reads no other repository and nothing of the platform', async () => {
    const theirs = join(folder, 'repositories', 'theirs.git')
    expect(await runInGit(`ls ${theirs}; cat ${join(folder, 'secret')}`)).not.toMatch(/objects|a key/)
  })

  test('has a filter of system calls, no capability and no other process', async () => {
    const status = await runInGit('cat /proc/self/status; ls -d /proc/[0-9]* | wc -l')
    expect(status).toMatch(/^Seccomp:\t2$/m)
    expect(status).toMatch(/^CapEff:\t0+$/m)
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
    expect(Number(status.trim().split('\n').at(-1))).toBeLessThan(10)
  })

  test.skipIf(sandboxHere.status.network !== 'separate')('reaches no network', async () => {
    expect(await runInGit('cat /proc/net/dev')).not.toMatch(/eth|en[ops]|wl/)
  })
})
