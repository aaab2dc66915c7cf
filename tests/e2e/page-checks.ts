import { expect } from 'vitest'
import type { Page } from 'playwright-core'

/** A page never scrolls sideways: what is wider scrolls by itself. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const { wanted, there } = await page.evaluate(() => ({
    wanted: document.documentElement.scrollWidth,
    there: document.documentElement.clientWidth,
  }))
  expect(wanted, `${page.url()} at ${there} px`).toBeLessThanOrEqual(there)
}
