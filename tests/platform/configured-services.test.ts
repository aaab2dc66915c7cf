import { describe } from 'vitest'
import { sharedPlatform } from '../support/shared-platform.ts'
import { canaryWayCases } from './configuration-canary-ways.cases.ts'
import { configurationMaskCases } from './configuration-masks.cases.ts'
import { configurationValueCases } from './configuration-values.cases.ts'

/** The configuration of one platform whose settings stay as they are. */
describe('configuration', () => {
  const world = sharedPlatform()
  describe('that programs print', () => configurationMaskCases(world))
  describe('that is tried on one instance first', () => canaryWayCases(world))
  // They change what services get that are made later.
  describe('by values', () => configurationValueCases(world))
})
