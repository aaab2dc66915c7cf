import { expect, test } from 'vitest'
import { mayHelpToRepeat, replacesNewer } from './retry.ts'

const failed = (code: string, details = {}) => ({ error: { code, message: '', details } })

test('repeating cannot help where the package itself is the cause', () => {
  expect(mayHelpToRepeat(failed('deploy.verification_failed'))).toBe(false)
  expect(mayHelpToRepeat(failed('deploy.dependency_missing'))).toBe(false)
  expect(mayHelpToRepeat(failed('deploy.environment_failed', { may_pass: false }))).toBe(false)
})

test('repeating may help where the machine or its network is the cause, or nothing is known', () => {
  expect(mayHelpToRepeat(failed('deploy.environment_failed', { may_pass: true }))).toBe(true)
  expect(mayHelpToRepeat(failed('deploy.model_missing', { may_pass: true }))).toBe(true)
  expect(mayHelpToRepeat(failed('task.interrupted'))).toBe(true)
  expect(mayHelpToRepeat({ error: null })).toBe(true)
})

const deploy = { kind: 'service.deploy', release: 1 } as const

test('a repeated deploy replaces newer code if a later release serves', () => {
  expect(replacesNewer(deploy, { release: 2 })).toBe(true)
  expect(replacesNewer(deploy, { release: 1 })).toBe(false)
  expect(replacesNewer(deploy, { release: null })).toBe(false)
})

test('a repeated rollback goes back on purpose', () => {
  expect(replacesNewer({ kind: 'service.rollback', release: 1 }, { release: 2 })).toBe(false)
})
