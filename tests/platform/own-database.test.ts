import { describe } from 'vitest'
import { sharedPlatform } from '../support/shared-platform.ts'
import { auditCases } from './audit.cases.ts'
import { hostCases } from './host.cases.ts'

/** What is shown with the database that a platform starts for itself. */
describe('a platform with a database of its own', () => {
  const world = sharedPlatform({ database: 'own' })
  describe('about its machine', () => hostCases(world))
  describe('about its audit log', () => auditCases(world))
})
