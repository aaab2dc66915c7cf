import { describe } from 'vitest'
import { testSetup } from '../gateway.test-setup.ts'
import { testGrantedStreams } from '../grants.test-suite.ts'
import { testRevokedStreams } from '../revoked-streams.test-suite.ts'
import { buildEmbedded, embeddedUnderTest } from './embedded.test-build.ts'

const { builtFile, newFolder } = testSetup('main.js', buildEmbedded)

const create = async () => embeddedUnderTest(await newFolder('data'), builtFile())

describe('embedded gateway', () => {
  testRevokedStreams(create)
  testGrantedStreams(create)
})
