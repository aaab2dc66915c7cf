import { expect } from 'vitest'
import type { Look, TestBrowser, Visit } from '../support/browser.ts'
import type { MockApi } from '../support/mock-api.ts'

declare global {
  /** How many requests of the page have no answer yet. */
  var unanswered: number
}

// Runs in the page before anything else.
const countUnanswered = () => {
  const ask = globalThis.fetch
  globalThis.unanswered = 0
  globalThis.fetch = (...request) => {
    globalThis.unanswered++
    return ask(...request).finally(() => globalThis.unanswered--)
  }
}

/** Opens the table of services. Resolves once it shows rows and is told about changes. */
export async function openTable(browser: TestBrowser, mockApi: MockApi, look: Look = {}): Promise<Visit> {
  const visit = await browser.visit(mockApi.origin, look)
  await visit.page.addInitScript(countUnanswered)
  const streams = () => mockApi.asked.get('GET /api/v1/events') ?? 0
  const before = streams()
  await visit.page.goto('/services')
  await visit.page.getByRole('row').nth(4).waitFor()
  await expect.poll(streams).toBeGreaterThan(before)
  return visit
}

/** The number of rows in sight that show a process state. */
export const rowsIn = ({ page }: Visit, status: string): Promise<number> =>
  page.locator(`.service-row .badge[data-status="${status}"]`).count()

/**
 * Makes a page believe that it is hidden: it reads nothing regularly then, but still follows events. Resolves once what it
 * was reading has been answered: an answer that came later could show a change before the page reads it for its event.
 */
export async function hide({ page }: Visit): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden' })
  })
  await page.waitForFunction(() => globalThis.unanswered === 0)
}

/**
 * Waits until a hidden page has read everything that it was going to read. It reads changes one after the other,
 * so this is so when it shows a last one: the first row shows `EXITED`.
 */
export async function settle(visit: Visit, mockApi: MockApi): Promise<void> {
  const href = await visit.page.locator('.service-row .name a').first().getAttribute('href')
  const id = href?.split('/').at(-1)
  if (id === undefined) throw new Error('no service is in sight')
  mockApi.change([id], { status: 'EXITED', health: 'UNKNOWN', asleep: false, reason: null })
  await expect.poll(() => rowsIn(visit, 'EXITED')).toBe(1)
}
