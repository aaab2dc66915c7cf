import { join } from 'node:path'
import { describe } from 'vitest'
import { packageOf } from '../support/api-client.ts'
import { describeInBrowser } from '../support/browser.ts'
import { projectFolder } from '../support/built-project.ts'
import { compareShareCases } from './compare-share.cases.ts'
import { untilSampled } from './sample.ts'
import { shareEmbedCases } from './share-embed.cases.ts'
import { shareLinkCases } from './share-links.cases.ts'
import { shareRunCases } from './share-run.cases.ts'
import { sharedBench } from './shared-bench.ts'

/** What customers see through links, on one platform. */
describeInBrowser('links for customers, in a browser', () => {
  const world = sharedBench(async ({ platform }) => {
    const admin = await platform.admin()
    await admin.publish('text-classify', await packageOf(join(projectFolder, 'examples', 'text-classify')))
    // A link is read once, so a demo result that comes later is not shown.
    await untilSampled(admin, 'text-classify')
  })
  describe('that may run what is shared', () => shareRunCases(world))
  describe('that are found again', () => shareLinkCases(world))
  describe('in a frame of another site', () => shareEmbedCases(world))
  describe('to a comparison', () => compareShareCases(world))
})
