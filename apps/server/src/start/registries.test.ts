import { expect, test } from 'vitest'
import { withRegistries } from './registries.ts'

test('package managers get the registries that are set now, and those of the environment count first', () => {
  const values: Record<string, string | null> = { 'pip.index_url': 'https://pypi.example/simple' }
  const current = { text: (key: string) => values[key] ?? null }
  const env = { PATH: '/bin' }
  expect(withRegistries(env, current)).toEqual({
    PATH: '/bin',
    PIP_INDEX_URL: 'https://pypi.example/simple',
  })
  values['pip.index_url'] = null
  values['npm.registry'] = 'https://npm.example/'
  expect(withRegistries(env, current)).toEqual({ PATH: '/bin', npm_config_registry: 'https://npm.example/' })
  expect(withRegistries({ NPM_CONFIG_REGISTRY: 'https://own.example/' }, current)).toEqual({
    NPM_CONFIG_REGISTRY: 'https://own.example/',
  })
})
