import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  describeInBrowser,
  openBrowser,
  type Look,
  type TestBrowser,
  type Visit,
} from '../support/browser.ts'
import { least } from '../support/least.ts'
import { MockApi } from '../support/mock-api.ts'
import { hide, openTable, rowsIn, settle } from './services-table.ts'

const minutes = 60_000
const count = 200
const frames = 80
/** The duration of a frame at 60 Hz, in milliseconds. */
const frameMs = 16
const runs = { status: 'RUNNING', health: 'READY', asleep: false, reason: null } as const
const stands = { status: 'STOPPED', health: 'UNKNOWN', asleep: false, reason: null } as const

/**
 * The processor time that the page's main thread has used, in milliseconds. It does not include other work on
 * the machine.
 */
const meter = async ({ page }: Visit) => {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  return async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics')
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1_000
  }
}

describeInBrowser(`the cost of the table of ${count} services`, () => {
  let browser: TestBrowser
  let mockApi: MockApi

  beforeAll(async () => {
    browser = await openBrowser()
    mockApi = await MockApi.open(count)
  }, 4 * minutes)
  afterAll(async () => {
    await browser?.close()
    await mockApi?.close()
  })

  const open = (look?: Look) => openTable(browser, mockApi, look)
  const readings = (): number =>
    [...mockApi.asked].reduce(
      (sum, [asked, times]) => sum + (/^GET \S+\/services(\?|$)/.test(asked) ? times : 0),
      0,
    )

  test(
    'uses less than a frame of processor time while it scrolls',
    async () => {
      const visit = await open({ height: 900 })
      const used = await meter(visit)
      const scroll = async (by: number): Promise<number> => {
        const before = await used()
        await visit.page.evaluate(
          async ({ steps, pixels }) => {
            for (let step = 0; step < steps; step++) {
              window.scrollBy(0, pixels)
              await new Promise(requestAnimationFrame)
            }
          },
          { steps: frames, pixels: by },
        )
        return ((await used()) - before) / frames
      }
      const perFrame = await least(frameMs, (round) => scroll(round % 2 === 0 ? 120 : -120))
      console.info(`scrolling ${count} services: ${perFrame.toFixed(1)} ms of the processor a frame`)
      expect(perFrame).toBeLessThan(frameMs)
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'shows a change of all services within half a second, with one or two requests for the list',
    async () => {
      const visit = await open()
      const used = await meter(visit)
      const ids = mockApi.services.map(({ id }) => id)
      await hide(visit)
      const elapsed = await least(500, async (round) => {
        const change = round % 2 === 0 ? stands : runs
        // The page may still read for the round before.
        if (round > 0) await settle(visit, mockApi)
        const before = await used()
        const reads = readings()
        const begun = performance.now()
        mockApi.change(ids, change)
        await expect.poll(() => rowsIn(visit, change.status), { interval: 10 }).toBeGreaterThanOrEqual(8)
        const took = performance.now() - begun
        console.info(
          `${count} events: in the browser after ${took.toFixed(0)} ms, ${((await used()) - before).toFixed(0)} ms of the processor`,
        )
        expect(readings() - reads).toBeLessThanOrEqual(2)
        return took
      })
      expect(elapsed).toBeLessThan(500)
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'stays responsive while 200 of 500 services change one after the other within two seconds',
    async () => {
      const crowded = await MockApi.open(500)
      const visit = await openTable(browser, crowded)
      const used = await meter(visit)
      const ids = crowded.services.slice(0, count).map(({ id }) => id)
      // An eighth of the processor's time. Reading the whole list at each change takes more.
      const bound = 260
      const best = await least(bound, async (round) => {
        const change = round % 2 === 0 ? stands : runs
        const before = await used()
        for (const id of ids) {
          crowded.change([id], change)
          await new Promise((resolve) => setTimeout(resolve, 10))
        }
        await expect.poll(() => rowsIn(visit, change.status), { interval: 50 }).toBeGreaterThan(8)
        return (await used()) - before
      })
      console.info(`${count} of 500 change within 2 s: ${best.toFixed(0)} ms of the processor`)
      expect(best).toBeLessThan(bound)
      await visit.close()
      await crowded.close()
    },
    2 * minutes,
  )
})
