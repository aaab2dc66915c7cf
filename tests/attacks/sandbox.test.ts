import { randomInt } from 'node:crypto'
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { host } from '@vitrine/contract'
import { pathExists } from '../../apps/server/src/lib/path-exists.ts'
import { isAlive } from '../../apps/server/src/lib/procfs/process-identity.ts'
import {
  sandboxHere,
  skipCutOff,
  skipFilter,
  skipSandbox,
} from '../../apps/server/src/lib/sandbox/sandbox.test-setup.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { pythonPackage } from '../platform/packages.ts'
import type { ApiClient } from '../support/api-client.ts'
import { gatewayBeside } from '../support/gateways.ts'
import { patienceMs } from '../support/patience.ts'
import { instanceProcesses, processWith } from '../support/platform-processes.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { describeRunners } from '../support/runners.ts'
import { networkCases } from './network.cases.ts'
import { hostileShell, runInside } from './shell.package.ts'
import { callsProgram, errorsIn } from './system-calls.programs.ts'

const isRoot = process.getuid?.() === 0
const skipped = skipSandbox === null ? '' : ` (skipped: ${skipSandbox})`
const notCutOff = skipCutOff === null ? '' : ` (skipped: ${skipCutOff})`

describe.skipIf(skipSandbox !== null)(`an algorithm in its sandbox${skipped}`, () =>
  describeRunners('on a platform', (runner) => {
    let platform: TestPlatform
    let admin: ApiClient
    /** Everybody on the machine can read it. Algorithms are only shown the folder `shared` in it. */
    let open = ''

    beforeAll(async () => {
      open = await mkdtemp(join(tmpdir(), 'vitrine-open-'))
      await chmod(open, 0o755)
      await writeFile(join(open, 'of-the-machine'), 'readable by everybody')
      await mkdir(join(open, 'shared'))
      await copyFile('/usr/bin/id', join(open, 'shared', 'id'))
      await chmod(join(open, 'shared', 'id'), 0o4755)
      platform = await startPlatform({
        runner,
        environment: { VITRINE_SHARED_FOLDERS: join(open, 'shared'), VITRINE_GATEWAY: gatewayBeside(runner) },
      })
      admin = await platform.admin()
      for (const id of ['hostile', 'victim']) await admin.publish(id, hostileShell)
      await admin.publish('doubler', pythonPackage)
    })
    afterAll(async () => {
      await platform?.dispose()
      await rm(open, { recursive: true, force: true })
    })

    const inside = (script: string) => runInside(admin, 'hostile', script)
    const at = (...parts: string[]) => join(platform.dataFolder, ...parts)

    describe('does not see', () => {
      test('other processes', async () => {
        const { out } = await inside('for one in /proc/[0-9]*; do cat "$one/comm"; done')
        expect(new Set(out.split('\n'))).toEqual(new Set(['bwrap', 'python3', 'sh']))
        const [victim] = await instanceProcesses(platform.dataFolder, 'victim-r1-1')
        expect(victim).toBeDefined()
        expect((await inside(`kill -0 ${victim?.pid}`)).code).not.toBe(0)
      })

      test('what else is in the data folder: other services, keys, sockets, logs, repositories, launch files', async () => {
        const below = async (folder: string) => (await inside(`ls -A ${folder}`)).out.split('\n').sort()
        expect(await below(at())).toEqual(['runtimes', 'services'])
        expect(await below(at('services'))).toEqual(['config', 'hostile'])
        expect(await below(at('services', 'hostile'))).toEqual(['media', 'releases', 'work'])
        for (const path of ['supervisor', 'control', 'secrets', 'services/victim/releases/1', 'environments'])
          expect((await inside(`ls ${at(path)}`)).code, path).not.toBe(0)
      })

      test('files of the machine that everybody can read, and temporary files of others', async () => {
        expect((await inside(`cat ${join(open, 'of-the-machine')}`)).code).not.toBe(0)
        await runInside(admin, 'victim', 'echo secret > /tmp/of-victim; chmod 644 /tmp/of-victim')
        expect((await inside('cat /tmp/of-victim')).code).not.toBe(0)
        for (const path of ['/home', '/root', '/run', '/var/log', '/etc/shadow'])
          expect((await inside(`ls ${path}`)).code, path).not.toBe(0)
      })

      test('device files, except those without a device', async () => {
        const { out } = await inside('for one in /dev/*; do [ -b "$one" -o -c "$one" ] && echo "$one"; done')
        const names = out.split('\n').sort()
        expect(names).toEqual(
          expect.arrayContaining(['full', 'null', 'random', 'urandom', 'zero'].map((name) => `/dev/${name}`)),
        )
        expect(names.filter((name) => /\/(sd|vd|nvme|loop|mem|kmsg|fuse|kvm)/.test(name))).toEqual([])
      })
    })

    describe('cannot', () => {
      test('write outside of its own folders: not into its release, the system or the folders above', async () => {
        const own = at('services', 'hostile')
        const closed = [join(own, 'releases', '1'), own, at('services', 'config'), at(), join(open, 'shared')]
        for (const folder of [...closed, '/usr/bin', '/etc', '/opt', '/'])
          expect((await inside(`touch ${folder}/planted`)).code, folder).not.toBe(0)
        // A folder that it only sees because a visible one is in it is in its own /tmp.
        await inside(`touch ${open}/planted`)
        for (const folder of [...closed, open])
          expect(await pathExists(join(folder, 'planted')), folder).toBe(false)
      })

      test('get the rights of a file’s owner by running it, or any capability', async () => {
        const { out } = await inside('cat /proc/self/status')
        expect(out).toMatch(/^NoNewPrivs:\t1$/m)
        for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'])
          expect(out).toMatch(new RegExp(`^Cap${set}:\\t0+$`, 'm'))
        const own = await inside('id -u')
        const asOwner = await inside(`${join(open, 'shared', 'id')} -u`)
        expect(asOwner).toEqual(own)
        if (isRoot) expect(own.out).not.toBe('0')
      })

      test.skipIf(skipFilter !== null)('make system calls that exploits use', async () => {
        const [trace, typing, usersKeys] = [0x4206, 0x5412, -4]
        const calls = [
          { name: 'unshare' },
          { name: 'mount' },
          { name: 'ptrace', args: [trace, 'sibling'] as const },
          { name: 'bpf' },
          { name: 'keyctl', args: [0, usersKeys, 1] },
          { name: 'perf_event_open', args: [0, 0, -1, -1] },
          { name: 'io_uring_setup', args: [1] },
          { name: 'ioctl', args: [-1, typing] },
        ]
        const words = callsProgram(calls).map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`)
        const { out } = await inside(`python3 ${words.join(' ')}`)
        const [refused, unknown] = [1, 38]
        expect(errorsIn(out)).toEqual([...Array.from({ length: 6 }, () => refused), unknown, refused])
      })

      test('make a namespace of its own, in which it would have capabilities, or mount', async () => {
        for (const script of [
          'unshare --user true',
          'unshare --user --mount true',
          'mount -t tmpfs none /tmp',
        ])
          expect((await inside(script)).code, script).not.toBe(0)
      })
    })

    test('leaves no process when it is stopped: not one that left its session, parent and environment', async () => {
      const seconds = String(randomInt(1_000_000, 9_000_000))
      await admin.publish('leaver', hostileShell)
      await runInside(admin, 'leaver', `setsid sh -c 'env -i sleep ${seconds} >/dev/null 2>&1 &'`)
      const escaped = await waitFor(() => processWith(['sleep', seconds]), { timeoutMs: patienceMs })
      if (!escaped) throw new Error('it did not begin')
      await admin.operate('stop', 'leaver')
      expect(await isAlive(escaped)).toBe(false)
    })

    describe('still', () => {
      test.each(['"$HOME"', '"$TMPDIR"', '/tmp', '/var/tmp', '/dev/shm', '"$VITRINE_MEDIA_DIR"'])(
        'writes to %s',
        async (folder) => {
          expect(await inside(`echo mine > ${folder}/mine && cat ${folder}/mine`)).toEqual({
            code: 0,
            out: 'mine',
          })
        },
      )

      test('keeps its work folder, and loses /tmp, when it is started again', async () => {
        await inside('echo kept > "$HOME/kept"; echo lost > /tmp/lost')
        await admin.operate('restart', 'hostile')
        expect(await inside('cat "$HOME/kept"; test ! -e /tmp/lost')).toEqual({ code: 0, out: 'kept' })
      })

      test('has certificates, names of hosts, time zones, its interpreters and shared folders', async () => {
        const scripts = [
          'python3 -c "import ssl; assert ssl.create_default_context().get_ca_certs()"',
          'getent hosts localhost',
          'test -r /etc/resolv.conf',
          'node -e "require(\'node:https\')"',
          `test -r ${join(open, 'shared', 'id')}`,
        ]
        for (const script of scripts) expect((await inside(script)).code, script).toBe(0)
        expect((await admin.predict('doubler', [21])).status).toBe(200)
      })
    })

    test('is in a sandbox as the page of the host says', async () => {
      expect((await admin.get('/host', host)).sandbox).toEqual(sandboxHere.status)
      expect(platform.notes.join()).not.toContain('algorithms and builds run without a sandbox')
    })

    describe.skipIf(skipCutOff !== null)(`has the network or not${notCutOff}`, () =>
      networkCases(() => ({ platform, admin })),
    )
  }),
)
