import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isReservedVariable, type Json } from '@vitrine/contract'
import { parseSettings } from '../../../config.ts'
import { valueThatCounts } from './current-config.ts'

const map = (values: Record<string, Json>) => new Map(Object.entries(values))

test('the environment takes precedence over the database, the database over the file, and the file over the default', () => {
  const key = 'runs.keep_days'
  const layers = { env: { RUNS_KEEP_DAYS: '1' }, file: map({ [key]: 3 }) }
  expect(valueThatCounts(key, layers, map({ [key]: 2 }))).toBe(1)
  expect(valueThatCounts(key, { ...layers, env: { RUNS_KEEP_DAYS: '' } }, map({ [key]: 2 }))).toBe(2)
  expect(valueThatCounts(key, { ...layers, env: {} }, map({}))).toBe(3)
  expect(valueThatCounts(key, { env: {}, file: map({}) }, map({}))).toBe(90)
})

test('a setting and its key are one value, under either name', () => {
  for (const env of [{ LOGGING_LEVEL: 'warn' }, { VITRINE_LOG_LEVEL: 'warn' }]) {
    expect(valueThatCounts('logging.level', { env, file: map({}) }, map({}))).toBe('warn')
    expect(parseSettings(env).VITRINE_LOG_LEVEL).toBe('warn')
  }
  const file = map({ 'deployment.mode': 'local', 'ports.front': '8100-8200' })
  expect(parseSettings({}, file)).toMatchObject({
    VITRINE_RUNNER: 'local',
    VITRINE_FRONT_PORTS: { first: 8100, last: 8200 },
  })
  expect(parseSettings({ DEPLOYMENT_MODE: 'auto' }, file).VITRINE_RUNNER).toBe('auto')
  expect(() => parseSettings({ VITRINE_RUNNER: 'auto', DEPLOYMENT_MODE: 'local' })).toThrow(/must not differ/)
  expect(() => parseSettings({ DEPLOYMENT_MODE: 'docker' })).toThrow(/DEPLOYMENT_MODE/)
})

test('a setting that is a duration or a size may have its unit, under both of its names', () => {
  expect(parseSettings({ VITRINE_LOG_MAX_MB: '1GB', VITRINE_CALLS_DAYS: '7d' })).toMatchObject({
    VITRINE_LOG_MAX_MB: 1024,
    VITRINE_CALLS_DAYS: 7,
  })
  expect(parseSettings({ VITRINE_LOG_MAX_MB: '20' }).VITRINE_LOG_MAX_MB).toBe(20)
  expect(parseSettings({ LOGS_MAX_MB: '1GB' }).VITRINE_LOG_MAX_MB).toBe(1024)
  expect(parseSettings({ LOGS_MAX_MB: '10MB', VITRINE_LOG_MAX_MB: '10' }).VITRINE_LOG_MAX_MB).toBe(10)
  expect(() => parseSettings({ LOGS_MAX_MB: '20MB', VITRINE_LOG_MAX_MB: '10' })).toThrow(/must not differ/)
  expect(() => parseSettings({ VITRINE_LOG_MAX_MB: 'much' })).toThrow(
    /^VITRINE_LOG_MAX_MB: 应为大小，.* · expected a size such as/,
  )
})

const names: Record<string, boolean> = JSON.parse(
  readFileSync(
    join(import.meta.dirname, '../../../../../../runtimes/python/tests/names_of_variables.json'),
    'utf8',
  ),
)
test.each(Object.entries(names))(
  'that the variable %s is reserved is %s, here and in the runtime',
  (name, reserved) => expect(isReservedVariable(name)).toBe(reserved),
)
