import type { Page } from 'playwright-core'

/**
 * Takes the network from a page. The browser tells the page before it cuts the network off, and what the page opens in between
 * stays open for good. So the page is told once more, when the network is gone.
 */
export async function goOffline(page: Page): Promise<void> {
  await page.context().setOffline(true)
  await page.evaluate(() => void window.dispatchEvent(new Event('offline')))
}
