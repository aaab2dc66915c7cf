import { afterAll, beforeAll, describe } from 'vitest'
import { describeGateways } from '../support/gateways.ts'
import { openWorld, type World } from './both-gateways.world.ts'
import { floodCases } from './flood.cases.ts'
import { foreignMediaCases } from './foreign-media.cases.ts'
import { keyAtServiceCases } from './key-at-service.cases.ts'
import { largeAnswerCases } from './large-answers.cases.ts'
import { localAccountCases } from './local-account.cases.ts'
import { oddNameCases } from './odd-names.cases.ts'
import { revokedCases } from './revoked.cases.ts'
import { signInCases } from './sign-in.cases.ts'

/** Attacks that need no setting of their own: all of them on one platform behind each gateway. */
describeGateways('on a platform', (gateway) => {
  let opened: World | null = null
  const world = (): World => {
    if (!opened) throw new Error('the platform did not start')
    return opened
  }
  beforeAll(async () => {
    opened = await openWorld(gateway)
  }, 240_000)
  afterAll(() => opened?.platform.dispose(), 180_000)

  describe('another account of the machine', () => localAccountCases(world))
  describe('an answer that does not end', () => largeAnswerCases(world))
  describe('somebody whose sign-in was revoked', () => revokedCases(world))
  describe('somebody who sends names that others read differently', () => oddNameCases(world))
  describe('a stranger who guesses passwords', () => signInCases(world))
  describe('a key that is limited to one service', () => keyAtServiceCases(world))
  describe('media and uploads of somebody else', () => foreignMediaCases(world))
  describe('one person who takes what they can get', () => floodCases(world))
})
