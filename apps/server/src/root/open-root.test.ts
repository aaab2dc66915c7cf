import { expect, test } from 'vitest'
import { parseSettings } from '../config.ts'
import { keptBySettings } from './open-root.ts'

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
