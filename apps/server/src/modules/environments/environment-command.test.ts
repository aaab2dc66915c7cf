import { expect, test } from 'vitest'
import { namedPaths } from './environment-command.ts'

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
