import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseSettings } from '../config.ts'
import { platformOf } from '../lib/account-block.ts'
import { LateError } from './late.ts'
import { keptByFailure, keptBySettings, refuseOwned } from './open-root.ts'

const why = (env: Record<string, string>) => keptBySettings(parseSettings(env))?.why.en ?? null

test('root is given up unless a person keeps it or something in the settings needs it', () => {
  expect(why({})).toBeNull()
  expect(why({ VITRINE_ROOT: 'drop' })).toBeNull()
  expect(why({ VITRINE_ROOT: 'keep' })).toContain('VITRINE_ROOT=keep')
})

test.each([
  ['VITRINE_PORT', { VITRINE_PORT: '80' }],
  ['VITRINE_FRONT_PORTS', { VITRINE_FRONT_PORTS: '1000-2000' }],
  ['VITRINE_NGINX_CONF_DIR', { VITRINE_NGINX_CONF_DIR: '/etc/nginx/conf.d', VITRINE_NGINX_RELOAD: 'nginx' }],
])('root is kept if %s needs it, and the reason names the setting', (name, env) => {
  expect(why({ VITRINE_ROOT: 'drop', ...env })).toContain(name)
  expect(why(env)).toContain(name)
})

test('root is kept where the machine cannot do without, but not because it is busy', () => {
  expect(keptByFailure(new Error('EPERM')).why.en).toContain('EPERM')
  expect(() => keptByFailure(new LateError('/usr/bin/unshare', 30_000))).toThrow('VITRINE_ROOT=keep')
})

test.skipIf(process.getuid?.() !== 0)(
  'root does not work among the files of a platform that was not root, also if their outermost folder is root’s',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vitrine-unpacked-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const asked = () => refuseOwned(folder, { why: { zh: '', en: 'it is root’s' } })
    await mkdir(join(folder, 'secrets'))
    await expect(asked()).resolves.toBeUndefined()
    const number = platformOf({ first: 1_900_120_000, size: 10_000 })
    await chown(join(folder, 'secrets'), number, number)
    await expect(asked()).rejects.toThrow(`a platform that was not root (user ${number})`)
  },
)
