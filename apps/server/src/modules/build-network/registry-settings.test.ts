import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRegistrySettings, registrySettings } from './registry-settings.ts'

test('the settings of pip name its index, further ones over several lines, and a proxy', () => {
  const file = `# ours
[global]
index-url = https://mirror.example/simple
extra_index_url:
    https://one.example/simple
    https://two.example:8443/simple
timeout = 60
[install]
find-links = /srv/wheels https://wheels.example/all
proxy = http://proxy.example:3128
trusted-host = mirror.example
`
  expect(registrySettings({}, [file])).toEqual({
    index: ['https://mirror.example/simple'],
    registry: [],
    more: ['https://one.example/simple', 'https://two.example:8443/simple', 'https://wheels.example/all'],
    proxies: ['http://proxy.example:3128'],
  })
})

test('the settings of npm name its registry, those of scopes, and proxies, and may refer to variables', () => {
  const file = `registry="https://\${HOST_OF_NPM}/"
@ours:registry=https://npm.example/ours/
//npm.example/ours/:_authToken=secret
https-proxy=http://proxy.example:3128
; registry=https://old.example
`
  expect(registrySettings({ HOST_OF_NPM: 'mirror.example' }, [file])).toEqual({
    index: [],
    registry: ['https://mirror.example/'],
    more: ['https://npm.example/ours/'],
    proxies: ['http://proxy.example:3128'],
  })
})

test('variables say the same in either case, and other variables say nothing', () => {
  const env = {
    PIP_INDEX_URL: 'https://pip.example/simple',
    PIP_FIND_LINKS: '/opt/wheels',
    PIP_CERT: 'https://no.example',
    npm_config_registry: 'https://npm.example/',
    NPM_CONFIG_HTTPS_PROXY: 'http://proxy.example',
    INDEX_URL: 'https://no.example',
  }
  expect(registrySettings(env, [])).toEqual({
    index: ['https://pip.example/simple'],
    registry: ['https://npm.example/'],
    more: [],
    proxies: ['http://proxy.example'],
  })
})

test('files that variables name are read, and a missing one says nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-registries-'))
  const file = join(folder, 'pip.conf')
  await writeFile(file, '[global]\nindex-url = https://named.example/simple\n')
  const env = { PIP_CONFIG_FILE: file, NPM_CONFIG_USERCONFIG: join(folder, 'none') }
  const { index } = await readRegistrySettings(env)
  await rm(folder, { recursive: true })
  expect(index).toContain('https://named.example/simple')
})
