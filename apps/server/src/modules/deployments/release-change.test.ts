import { expect, test } from 'vitest'
import { testMemory } from '../../lib/memory-budget.test-source.ts'
import { serving } from '../service-apis/service-apis.test-world.ts'
import { serviceAt } from './own-service.test-setup.ts'
import { changeOf } from './release-change.ts'

const context = {
  signal: new AbortController().signal,
  step: () => Promise.reject(new Error('no step')),
  takeTurn: async () => {},
}
const usual = serviceAt('127.0.0.1')
/** The service as it is now. Since the release was deployed, somebody gave it more time. */
const service = { ...usual, configRevision: 7, options: { ...usual.options, timeoutS: 300 } }
/** A release that was deployed with options of its own. */
const release = {
  ...serving,
  serviceChange: { timeoutS: 5, network: 'none', mode: 'supervisor', configRevision: 9 },
} as const

test.each([
  [
    'being deployed is checked with the options that it asks for',
    'deploying',
    5_000,
    'none',
    'supervisor',
    9,
  ],
  ['that has served is checked with those of the service', 'retired', 300_000, 'all', 'local', 7],
] as const)('a release %s', (_what, status, timeoutMs, network, mode, configRevision) => {
  const deploy = { release: { ...release, status }, folder: '/releases/2', context }
  const change = changeOf({ memory: testMemory() }, deploy, service)
  expect(change.golden?.timeoutMs).toBe(timeoutMs)
  expect(change.service).toMatchObject({ mode, configRevision, options: { network } })
})
