import { existsSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, test } from 'vitest'
import { languages } from '../../apps/web/src/locales/languages.ts'
import { withoutRoot } from '../support/as-root.ts'
import { describeInBrowser, openBrowser, type TestBrowser } from '../support/browser.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { FirstUseSteps } from './first-use-steps.ts'
import { ServiceOperationsSteps } from './service-operations-steps.ts'
import { wordsOf } from './words.ts'

const minutes = 60_000
const hasCurl = existsSync('/usr/bin/curl')
const missing = hasCurl ? '' : ' (skipped: needs curl)'

describeInBrowser('the main job in a browser', () => {
  let browser: TestBrowser
  let platform: TestPlatform

  beforeAll(async () => {
    browser = await openBrowser()
  }, 2 * minutes)
  afterAll(() => browser?.close())
  beforeEach(async () => {
    // As `npm start` does it: where root can be given up, it is. The other flows run on platforms of root.
    const environment = { VITRINE_ADMIN_PASSWORD: '', ...(await withoutRoot()) }
    platform = await startPlatform({ database: 'own', environment })
  }, 3 * minutes)
  afterEach(() => platform?.dispose(), 3 * minutes)

  test.skipIf(!hasCurl).each(languages)(
    `from the set-up link to a result, a call by code, and the deletion of the service (%s)${missing}`,
    async (language) => {
      const visit = await browser.visit(platform.origin)
      // The page checks whether the id of the upload is taken, and it is not.
      visit.expectAnswer(/^404 GET \/api\/v1\/services\/[\w-]+$/)
      const words = await wordsOf(language)
      const firstUse = new FirstUseSteps(visit, words, language)
      await firstUse.setUp(platform.setupUrl ?? '')
      await firstUse.deployFromEmptyShowcase()
      await firstUse.runOwnText()
      const key = await firstUse.makeKey()
      await firstUse.callByCode(key)
      await firstUse.findRunInHistory()
      const operations = new ServiceOperationsSteps(visit, words, language)
      await operations.followLog(key)
      await operations.stopAndStart()
      await operations.restart()
      await operations.delete()
      await visit.close()
    },
    4 * minutes,
  )
})
