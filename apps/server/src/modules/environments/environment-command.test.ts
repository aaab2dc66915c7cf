import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { noSandbox } from '../../lib/sandbox/sandbox.ts'
import type { SandboxView } from '../../lib/sandbox/sandbox-command.ts'
import { namedPaths, runIn } from './environment-command.ts'

test('package managers see the paths that their variables name, and nothing else of them', () => {
  const env = {
    PATH: '/usr/bin:/bin',
    PIP_CERT: '/srv/ca.pem',
    PIP_FIND_LINKS: '/srv/wheels https://example.com/wheels\n/srv/more',
    HTTPS_PROXY: 'http://proxy:3128/',
    NPM_CONFIG_USERCONFIG: '/srv/npmrc',
    PIP_ROOT: '/',
    LANG: 'C.UTF-8',
  }
  expect(namedPaths(env)).toEqual(['/srv/ca.pem', '/srv/wheels', '/srv/more', '/srv/npmrc'])
})

test('a build may write what its variables name in its own folders', async () => {
  const root = await mkdtemp(join(tmpdir(), 'vitrine-build-'))
  const folders = { home: join(root, 'content'), temporary: join(root, 'temporary') }
  const cache = join(folders.temporary, 'npm')
  const certificates = join(root, 'certificates')
  for (const folder of [folders.home, cache, certificates]) await mkdir(folder, { recursive: true })
  const views: SandboxView[] = []
  const run = runIn(
    {
      commandEnv: { npm_config_cache: cache, PIP_CERT: certificates },
      account: null,
      sandbox: {
        status: noSandbox.status,
        wrap: async (command, view) => {
          views.push(view)
          return command
        },
      },
      way: { lead: (command, view) => ({ command, view }), refused: () => null },
      limit: (command) => Promise.resolve(command),
      timeoutMs: 10_000,
      read: [],
    },
    folders,
  )
  await run({ file: '/bin/true', args: [] })
  expect(views[0]?.write).toEqual([folders.home, folders.temporary])
  expect(views[0]?.read).toContain(certificates)
  expect(views[0]?.read).not.toContain(cache)
  // Of these, some say what a package says.
  await run({ file: '/bin/true', args: [], env: { npm_config_cafile: root } })
  expect(views[1]?.read).toContain(certificates)
  expect(views[1]?.read).not.toContain(root)
  await rm(root, { recursive: true })
})
