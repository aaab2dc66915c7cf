import { describe } from 'vitest'
import { describeInBrowser } from '../support/browser.ts'
import { configurationCanaryCases } from './configuration-canary.cases.ts'
import { configurationCases } from './configuration.cases.ts'
import { sharedBench } from './shared-bench.ts'

/** The pages of the configuration, on one platform. */
describeInBrowser('the configuration, in a browser', () => {
  const world = sharedBench()
  describe('that is tried on one instance first', () => configurationCanaryCases(world))
  describe('of the platform and its services', () => configurationCases(world))
})
