import { describe } from 'vitest'
import { sharedPlatform } from '../support/shared-platform.ts'
import { dependencyCases } from './dependencies.cases.ts'
import { packageFormatCases } from './package-formats.cases.ts'
import { planSampleCases } from './plan-sample.cases.ts'
import { provenanceCases } from './provenance.cases.ts'
import { signatureCases } from './signatures.cases.ts'

/** Packages that need nothing from a package index: all of them on one platform. */
describe('packages on a platform', () => {
  const world = sharedPlatform()
  describe('each form', () => packageFormatCases(world))
  describe('the standard layout of another machine', () => planSampleCases(world))
  describe('code alone', () => signatureCases(world))
  describe('where a result comes from', () => provenanceCases(world))
  dependencyCases(world)
})
