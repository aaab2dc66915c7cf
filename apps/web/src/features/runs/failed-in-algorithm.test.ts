import { expect, test } from 'vitest'
import { failedInAlgorithm } from './failed-in-algorithm.ts'

test.each([
  ['algorithm.failed', true],
  ['broken', true],
  ['run.instance_ended', true],
  ['run.instance_unreachable', true],
  ['run.memory_reclaimed', false],
  ['run.interrupted', false],
  ['service.not_ready', false],
  ['input.invalid', false],
  ['internal', false],
])('the log is offered for %s: %s', (code, expected) => {
  expect(failedInAlgorithm(code)).toBe(expected)
})
