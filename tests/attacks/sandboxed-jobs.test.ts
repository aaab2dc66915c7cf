import { chmod, copyFile, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jobAccounts } from '../../apps/server/src/lib/job-accounts.ts'
import { pathExists } from '../../apps/server/src/lib/path-exists.ts'
import { sandboxHere, skipFilter, skipSandbox } from '../../apps/server/src/lib/sandbox/sandbox.test-setup.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { hostileNodePackage } from './build.package.ts'
import { mostBytes, toolsThatRun, videoFacts } from './still.ts'

/** Succeeds if what runs it has no filter of system calls. */
const everyCall = '! grep -q "^Seccomp:.2" /proc/self/status'

const skipped = skipSandbox === null ? '' : ` (skipped: ${skipSandbox})`

/** Nothing else on the machine uses these numbers. */
const block = { first: 2_110_002_000, size: 100 }

/** A folder that every account of the machine may read and write, with a file in it. */
async function openFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-open-'))
  await chmod(folder, 0o777)
  await writeFile(join(folder, 'of-the-machine'), 'secret')
  return folder
}

describe.skipIf(skipSandbox !== null)(`code that a build runs, in its sandbox${skipped}`, () => {
  let platform: TestPlatform
  let open = ''
  let shared = ''
  /** The folder of the built environment. */
  let content = ''
  const tries: Record<string, string> = {}

  beforeAll(async () => {
    open = await openFolder()
    shared = await mkdtemp(join(tmpdir(), 'vitrine-shared-'))
    await chmod(shared, 0o777)
    platform = await startPlatform({ environment: { VITRINE_SHARED_FOLDERS: shared } })
    const data = platform.dataFolder
    Object.assign(tries, {
      'a file that everybody can read': `cat ${open}/of-the-machine`,
      'the keys of the platform': `ls ${data}/secrets`,
      'the services of others': `ls ${data}/services`,
      'the repositories': `ls ${data}/repositories`,
      'home folders': 'ls /root || ls /home',
      'the control plane': `kill -0 ${platform.pid}`,
      'the socket of the control plane': `test -e ${data}/control/api.sock`,
      'a folder of the system': 'touch /usr/bin/planted',
      'a shared folder, to write to it': `touch ${shared}/planted`,
      'another user namespace': 'unshare --user true',
      ...(skipFilter === null && { 'every system call': everyCall }),
    })
    const script = Object.values(tries).map((attempt) => `(${attempt}) >/dev/null 2>&1; echo $? >> seen`)
    const admin = await platform.admin()
    const preinstall = [...script, `touch ${open}/planted`, 'echo "$TMPDIR" > temporary', 'true'].join('; ')
    await admin.publish('built', hostileNodePackage(preinstall))
    const release = join(data, 'services', 'built', 'releases', '1')
    content = dirname(await readlink(join(release, 'node_modules')))
  }, 180_000)
  afterAll(async () => {
    await platform?.dispose()
    for (const folder of [open, shared]) await rm(folder, { recursive: true, force: true })
  })

  test('reaches nothing of the platform and the machine', async () => {
    const codes = (await readFile(join(content, 'seen'), 'utf8')).trim().split('\n')
    const reached = Object.keys(tries).filter((_, index) => codes[index] === '0')
    expect([codes.length, reached]).toEqual([Object.keys(tries).length, []])
    expect(await pathExists(join(open, 'planted'))).toBe(false)
  })

  test('leaves no temporary files beside the list of what was installed', async () => {
    const temporary = (await readFile(join(content, 'temporary'), 'utf8')).trim()
    expect(dirname(temporary)).toBe(dirname(content))
    expect((await readdir(dirname(content))).sort()).toEqual(['complete', 'content', 'lock.txt'])
  })
})

describe.skipIf(skipSandbox !== null)(`ffmpeg that a file has taken over, in its sandbox${skipped}`, () => {
  let folder = ''
  let open = ''
  beforeAll(async () => {
    open = await openFolder()
    folder = await mkdtemp(join(tmpdir(), 'vitrine-media-sandbox-'))
    await chmod(folder, 0o711)
  })
  afterAll(async () => {
    for (const one of [folder, open]) await rm(one, { recursive: true, force: true })
  })

  /** What a script writes that runs in place of ffmpeg and makes a still. `$out` is the file to be written. */
  async function stillBy(script: string): Promise<string> {
    const accounts = jobAccounts(process.getuid?.() === 0 ? block : null)
    const tools = await toolsThatRun(script, folder, { accounts, sandbox: sandboxHere })
    return tools.inFolder(async (own) => {
      const file = join(own, 'original')
      await copyFile(join(open, 'of-the-machine'), file)
      await tools.poster({ file, mostBytes, target: join(own, 'thumb'), facts: videoFacts })
      expect(await readFile(file, 'utf8')).toBe('secret')
      return readFile(join(own, 'thumb'), 'utf8')
    })
  }

  const tried = (attempt: string) =>
    stillBy(`if (${attempt}) >/dev/null 2>&1; then echo done > "$out"; else echo refused > "$out"; fi`)

  test.each([
    ['read a file that everybody can read', () => `cat ${open}/of-the-machine`],
    ['write into an open folder', () => `test -d ${open}`],
    ['change its input', () => 'echo changed > "$(dirname "$out")/../original"'],
    ['see other processes', () => `kill -0 ${process.pid}`],
    ['see home folders', () => 'ls /root || ls /home'],
  ])('cannot %s', async (_what, attempt) => {
    expect(await tried(attempt())).toBe('refused\n')
  })

  test.skipIf(sandboxHere.status.network !== 'separate')(
    'cannot reach the network of the machine',
    async () => {
      const network = await readlink('/proc/self/ns/net')
      expect(await tried(`test "$(readlink /proc/self/ns/net)" = '${network}'`)).toBe('refused\n')
    },
  )

  test.skipIf(skipFilter !== null)('cannot make every system call', async () => {
    expect(await tried(everyCall)).toBe('refused\n')
  })
})
