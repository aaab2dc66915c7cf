import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInBrowser } from '../support/browser.ts'
import { least } from '../support/least.ts'
import { TestBench } from './test-bench.ts'

/** Lighthouse's slow 4G on a phone: 1.6 Mbit/s, 150 ms there and back, a processor four times slower. */
const slow = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 }
const slowerBy = 4
/** The bound for the first paint, and which part of their bytes scripts and styles may take on the line. */
const boundMs = 2_000
const mostPart = 0.45

describeInBrowser('the first visit by a slow phone', () => {
  let bench: TestBench

  beforeAll(async () => {
    bench = await TestBench.open()
  }, 240_000)
  afterAll(() => bench?.close())

  /** Visits the first page for the first time. Returns when it was painted first, in milliseconds. */
  const firstPaint = async (): Promise<number> => {
    const visit = await bench.visitAs('admin', { width: 390 })
    const { page } = visit
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    await session.send('Network.emulateNetworkConditions', slow)
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowerBy })
    await page.goto('/')
    await page.getByRole('heading', { level: 1 }).waitFor()
    const paintMs = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity,
    )
    const { shownMs, sent, all } = await page.evaluate(() => {
      const files = performance
        .getEntriesByType('resource')
        .filter((entry) => entry instanceof PerformanceResourceTiming)
        .filter(({ name }) => /\/assets\/.*\.(js|css)$/.test(name))
      const sum = (size: (file: PerformanceResourceTiming) => number) =>
        files.reduce((total, file) => total + size(file), 0)
      return {
        shownMs: performance.now(),
        sent: sum((file) => file.encodedBodySize),
        all: sum((file) => file.decodedBodySize),
      }
    })
    console.info(
      `first paint after ${paintMs.toFixed(0)} ms, the page after ${shownMs.toFixed(0)} ms; ${sent} of ${all} bytes sent`,
    )
    expect(sent).toBeGreaterThan(0)
    expect(sent / all).toBeLessThan(mostPart)
    expect(await page.locator('.v-first').isVisible()).toBe(false)
    await visit.close()
    return paintMs
  }

  test('shows something within two seconds, and loads scripts and styles compressed', async () => {
    expect(await least(boundMs, firstPaint)).toBeLessThan(boundMs)
  }, 240_000)
})
