import { describe } from 'vitest'
import { describeAsRoot } from '../support/as-root.ts'
import { sharedPlatform } from '../support/shared-platform.ts'
import { gitAccountCases } from './git-account.cases.ts'
import { mediaOfOthersCases } from './media-of-others.cases.ts'
import { modelsByPushCases } from './models-by-push.cases.ts'
import { modelCases } from './models.cases.ts'
import { openAddressCases } from './open-address.cases.ts'

/** What belongs to other people, on one platform. */
describe('what belongs to other people', () => {
  const world = sharedPlatform({ ports: { front: 40, instance: 60 } })
  // First, because it sets a variable of all services, which starts those again that there are.
  describe('weights', () => modelCases(world))
  describe('weights, for who may push', () => modelsByPushCases(world))
  describe('media', () => mediaOfOthersCases(world))
  describe('what listens on all addresses', () => openAddressCases(world))
  describeAsRoot('git on a platform that root started', () => gitAccountCases(world))
})
