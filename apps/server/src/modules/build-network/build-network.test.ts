import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { proxiedNetwork } from './build-network.ts'

test('every package manager of a build finds the way of the build, and none that of the machine', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-build-network-'))
  const network = proxiedNetwork({
    policy: 'registries',
    furtherHosts: [],
    folder,
    node: '/node',
    relay: '/relay.mjs',
    env: async () => ({}),
  })
  const variables = ['HTTPS_PROXY', 'https_proxy', 'PIP_PROXY', 'npm_config_https_proxy', 'YARN_HTTPS_PROXY']
  const env = Object.fromEntries(variables.map((name) => [name, 'http://proxy.lan:3128']))
  const led = await network.during({ account: null }, async (way) =>
    way.lead({ file: '/yarn', args: ['install'], cwd: '/', env }, { read: [], write: [] }),
  )
  await rm(folder, { recursive: true })
  const own = Object.fromEntries(variables.map((name) => [name, 'http://127.0.0.1:3128']))
  expect(led.command.env).toMatchObject(own)
  expect(JSON.stringify(led.command.env)).not.toContain('proxy.lan')
  expect(led.view.isCutOff).toBe(true)
})
