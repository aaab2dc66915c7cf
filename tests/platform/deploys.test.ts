import { describe } from 'vitest'
import { sharedPlatform } from '../support/shared-platform.ts'
import { cancelledDeployCases } from './cancelled-deploys.cases.ts'
import { failedDeployCases } from './failed-deploy.cases.ts'
import { startFailureCases } from './start-failures.cases.ts'
import { verificationFailureCases } from './verification-failures.cases.ts'

/** Deploys that do not go as somebody wished, on one platform. */
describe('deploys on a platform', () => {
  // About forty services, and ports from the end of the range that the cases ask for themselves.
  const world = sharedPlatform({ ports: { front: 80, instance: 100 } })
  describe('that are cancelled', () => cancelledDeployCases(world))
  describe('that do not start', () => startFailureCases(world))
  describe('that change options', () => failedDeployCases(world))
  describe('that are verified', () => verificationFailureCases(world))
})
