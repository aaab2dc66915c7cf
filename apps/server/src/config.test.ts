import { expect, test } from 'vitest'
import { parseSettings } from './config.ts'

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

test('every bad variable is named at once', () => {
  expect(() => parseSettings({ VITRINE_PORT: 'x', REDIS_URL: 'y' })).toThrow(/VITRINE_PORT[^]*REDIS_URL/)
})

test('an empty variable counts as absent', () => {
  expect(parseSettings({ VITRINE_PORT: '' }).VITRINE_PORT).toBe(8000)
})
