import { describe } from 'vitest'
import { describeInBrowser } from '../support/browser.ts'
import { commandCases } from './commands.cases.ts'
import { configurationHistoryCases } from './configuration-history.cases.ts'
import { forAdministratorsCases } from './for-administrators.cases.ts'
import { kinds } from './kinds.ts'
import { modelPageCases } from './models.cases.ts'
import { notFoundCases } from './not-found.cases.ts'
import { sharedBench } from './shared-bench.ts'

/** Pages of which each needs a test or two, on one platform with one service. */
describeInBrowser('several pages, in a browser', () => {
  const world = sharedBench(async ({ platform }) => {
    await (await platform.admin()).publish('kinds', kinds)
  })
  describe('the page of model files', () => modelPageCases(world))
  describe('what is not there', () => notFoundCases(world))
  describe('the keyboard', () => commandCases(world))
  describe('the history of the configuration', () => configurationHistoryCases(world))
  // It connects the platform with Gitea.
  describe('whoever may configure, and is no administrator,', () => forAdministratorsCases(world))
})
