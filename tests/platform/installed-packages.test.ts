import { describe } from 'vitest'
import { sharedPlatform } from '../support/shared-platform.ts'
import { modelsAloneCases } from './models-alone.cases.ts'
import { ownServerCases } from './own-servers.cases.ts'
import { writtenOperationCases } from './written-operation.cases.ts'

/** Packages whose dependencies are installed from the package indexes, as for people: all of them on one platform. */
describe('packages with dependencies on a platform', () => {
  const world = sharedPlatform()
  describe('servers of their own', () => ownServerCases(world))
  describe('models alone', () => modelsAloneCases(world))
  describe('operations without a document', () => writtenOperationCases(world))
})
