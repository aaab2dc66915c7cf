import { expect, test } from 'vitest'
import { parseSettings } from './config.ts'
import { variablesOfEnvironment } from './modules/configs/effective/environment.ts'

test('without any variable the defaults hold', () => {
  expect(parseSettings({})).toMatchObject({
    VITRINE_PORT: 8000,
    VITRINE_HOST: '127.0.0.1',
    VITRINE_DEMO: 'on',
  })
})

test.each([
  [{ VITRINE_PORT: 'eight' }, 'VITRINE_PORT'],
  [{ VITRINE_PORT: '70000' }, 'VITRINE_PORT'],
  [{ VITRINE_RUNNER: 'systemd' }, 'VITRINE_RUNNER'],
  [{ VITRINE_ADMIN_PASSWORD: 'short' }, 'VITRINE_ADMIN_PASSWORD'],
  [{ VITRINE_RESET_USER: 'anna' }, 'VITRINE_RESET_USER'],
  [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL'],
  [{ VITRINE_FRONT_PORTS: '9000-8000' }, 'VITRINE_FRONT_PORTS'],
  [{ VITRINE_PROT: '8001' }, 'VITRINE_PROT'],
])('a bad value is an error that names the variable: %o', (env, name) => {
  expect(() => parseSettings(env)).toThrow(name)
})

test('a variable that could be of two services is an error, and reaches neither', () => {
  const twice = { A__ENV_B__ENV_TOKEN: 'secret' }
  expect(() => parseSettings(twice)).toThrow(
    /A__ENV_B__ENV_TOKEN.*B__ENV_TOKEN of the service a, or TOKEN of the service a--env-b/,
  )
  expect(() => parseSettings({ A__ENV__ENV_B: 'secret' })).toThrow('a--env')
  for (const id of ['a', 'a--env-b']) expect(variablesOfEnvironment(twice, id)).toEqual(new Map())
})

test('a variable of one service is of no other one, whatever its name looks like', () => {
  const env = {
    A__ENV_TOKEN: 'of a',
    A_B__ENV_TOKEN: 'of a-b',
    // No service can have this variable, so that of the other one is meant.
    A__ENV_B__ENV_PORT: 'of a, too',
    a__ENV_TOKEN: 'of nobody',
  }
  expect(parseSettings(env).VITRINE_PORT).toBe(8000)
  const of = (id: string) => Object.fromEntries(variablesOfEnvironment(env, id))
  expect(of('a')).toEqual({ 'env.TOKEN': 'of a', 'env.B__ENV_PORT': 'of a, too' })
  expect(of('a-b')).toEqual({ 'env.TOKEN': 'of a-b' })
  for (const id of ['a--env-b', 'a-', 'b']) expect(of(id)).toEqual({})
})

test('every bad variable is named at once', () => {
  expect(() => parseSettings({ VITRINE_PORT: 'x', REDIS_URL: 'y' })).toThrow(/VITRINE_PORT[^]*REDIS_URL/)
})

test('an empty variable counts as absent', () => {
  expect(parseSettings({ VITRINE_PORT: '' }).VITRINE_PORT).toBe(8000)
})
