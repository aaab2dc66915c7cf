import { describe } from 'vitest'
import { testSetup } from '../gateway.test-setup.ts'
import { testRevokedStreams } from '../revoked-streams.test-suite.ts'
import { buildEmbedded, embeddedUnderTest } from './embedded.test-build.ts'

const { builtFile, newFolder } = testSetup('main.js', buildEmbedded)

describe('embedded gateway', () =>
  testRevokedStreams(async () => embeddedUnderTest(await newFolder('data'), builtFile())))
