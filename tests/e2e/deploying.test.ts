import { describe } from 'vitest'
import { describeInBrowser } from '../support/browser.ts'
import { deployFindingCases } from './deploy-findings.cases.ts'
import { deployLargeCases } from './deploy-large.cases.ts'
import { deployNameCases } from './deploy-names.cases.ts'
import { errorStateCases } from './error-states.cases.ts'
import { sharedBench } from './shared-bench.ts'

/** The page on which code is deployed, on one platform. */
describeInBrowser('deploying, in a browser', () => {
  const world = sharedBench()
  describe('what is wrong with an upload', () => deployFindingCases(world))
  describe('what a deploy is called', () => deployNameCases(world))
  describe('a large package', () => deployLargeCases(world))
  describe('when things are not as one would like', () => errorStateCases(world))
})
