import { describe } from 'vitest'
import { sharedPlatform } from '../support/shared-platform.ts'
import { batchCases } from './batch.cases.ts'
import { compareAndShareCases } from './compare-and-share.cases.ts'
import { runCases } from './runs.cases.ts'

/**
 * What the control plane does alike with each process runner, on one platform. That a runner's processes live on without a
 * control plane, and are the next one's, is shown with both in `crash-recovery.test.ts`.
 */
describe('whatever runner a platform has', () => {
  const world = sharedPlatform()
  describe('work on many services', () => batchCases(world))
  describe('comparing and showing to customers', () => compareAndShareCases(world))
  describe('runs and the end of the control plane', () => runCases(world))
})
