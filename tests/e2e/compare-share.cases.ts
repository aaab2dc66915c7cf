import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Visit } from '../support/browser.ts'
import { hasFfmpeg } from '../support/ffmpeg.ts'
import { patienceMs } from '../support/patience.ts'
import { expectAccessible, expectNoSidewaysScroll, watchForeignRequests } from './page-checks.ts'
import { comparePaused, pausedTracking } from './paused-tracking.ts'
import type { InBench } from './shared-bench.ts'
import type { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const password = 'open sesame'
const title = '哪组参数更好'

/** Comparing, and showing it to a customer. */
export function compareShareCases(world: InBench): void {
  let bench: TestBench
  let t: Words
  let downloads: string
  /** What each test of this story passes on to the next. */
  const story = { comparison: '', link: '' }

  beforeAll(async () => {
    bench = world()
    t = await wordsOf('zh')
    downloads = await mkdtemp(join(tmpdir(), 'vitrine-downloads-'))
    const admin = await bench.platform.admin()
    await admin.publish('paused-tracking', pausedTracking)
  }, 4 * minutes)
  afterAll(async () => {
    if (downloads !== undefined) await rm(downloads, { recursive: true, force: true })
  }, 3 * minutes)

  const saved = async (visit: Visit, button: string): Promise<Buffer> => {
    const [download] = await Promise.all([
      visit.page.waitForEvent('download'),
      visit.page.getByRole('button', { name: button, exact: true }).click(),
    ])
    const path = join(downloads, download.suggestedFilename())
    await download.saveAs(path)
    return readFile(path)
  }

  test(
    'two parameter sets run on one input and appear side by side, with differences marked, and can be saved as files',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/stage/text-classify')
      // The navigation has a link of this name as well, and is there before the stage.
      const stage = page.getByRole('main')
      await stage.getByRole('link', { name: t('compare.title'), exact: true }).click()
      const column = (letter: string) => page.getByRole('region', { name: t('compare.column', { letter }) })
      await column('B').getByText('显示几个主题').first().waitFor()
      await expectAccessible(page)
      await visit.screenshot('compare-setup')
      await page.getByRole('button', { name: t('compare.run'), exact: true }).click()

      await page.waitForURL(/\/compare\/[0-9a-f-]{36}$/)
      story.comparison = page.url()
      const found = (letter: string) => page.getByRole('article', { name: t('compare.column', { letter }) })
      await found('B')
        .getByRole('heading', { name: t('compare.against', { letter: 'A' }) })
        .waitFor()
      const bars = (letter: string) =>
        found(letter)
          .getByRole('list', { name: t('kinds.classification.name') })
          .getByRole('listitem')
      await expect.poll(() => bars('A').count(), { timeout: patienceMs }).toBe(3)
      await expect.poll(() => bars('B').count(), { timeout: patienceMs }).toBe(6)
      const added = found('B').getByText(t('kinds.classification.new'), { exact: true })
      await expect.poll(() => added.count()).toBe(3)

      const csv = (await saved(visit, 'CSV')).toString('utf8')
      expect(csv.startsWith('\uFEFF')).toBe(true)
      const topics = `,主题,${t('kinds.classification.name')},`
      expect(csv.split('\r\n').filter((line) => line.includes(topics))).toHaveLength(9)
      expect(csv).toContain([t('compare.state'), ...Array(2).fill(t('runs.status.succeeded'))].join())
      const png = await saved(visit, 'PNG')
      expect(png.subarray(1, 4).toString()).toBe('PNG')
      // A picture of an empty page is a few kilobytes.
      expect(png.length).toBeGreaterThan(40_000)
      await expectNoSidewaysScroll(page)
      await expectAccessible(page)
      await visit.screenshot('compare-board', { fullPage: true })
      await visit.close()
    },
    3 * minutes,
  )

  test(
    'the comparison keeps its address and a new title, is found in the list, and can be run again unchanged',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto(story.comparison)
      await page.getByRole('button', { name: t('compare.rename') }).click()
      await page.getByRole('textbox', { name: t('compare.title_label') }).fill('三个主题还是六个')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: '三个主题还是六个', level: 1 }).waitFor()
      await page.getByRole('link', { name: t('compare.all') }).click()
      await page.getByRole('link', { name: /三个主题还是六个/ }).click()
      await page.waitForURL(story.comparison)
      await page.getByRole('button', { name: t('compare.again') }).click()
      await page.waitForURL((url) => url.href !== story.comparison)
      const again = page.getByRole('article', { name: t('compare.column', { letter: 'B' }) })
      await again.getByRole('heading', { name: t('compare.against', { letter: 'A' }) }).waitFor()
      await page.getByRole('heading', { name: '三个主题还是六个', level: 1 }).waitFor()
      await visit.close()
    },
    3 * minutes,
  )

  test.each([
    ['by one stream of events', false],
    ['by asking again and again where the stream breaks', true],
  ])(
    'the first boxes of a video are drawn in every column while the runs go on, %s',
    { timeout: 3 * minutes, skip: !hasFfmpeg },
    async (_how, broken) => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      const go = join(bench.platform.gates, `go-${broken}`)
      const id = await comparePaused(await bench.platform.admin(), { folder: downloads, until: go })
      const asked: string[] = []
      page.on('request', (request) => void asked.push(new URL(request.url()).pathname))
      const streams = `/api/v1/comparisons/${id}/events`
      if (broken) await page.route(`**${streams}*`, (route) => route.abort())
      await page.goto(`/compare/${id}`)
      const column = (letter: string) => page.getByRole('article', { name: t('compare.column', { letter }) })
      const held = (letter: string) => column(letter).getByText('held at frame 10')
      await Promise.all(['A', 'B'].map((letter) => held(letter).waitFor()))
      if (!broken) {
        for (const letter of ['A', 'B']) {
          await column(letter).locator('canvas.overlay').waitFor()
          await column(letter)
            .getByText(t('kinds.tracks.all', { count: 1 }))
            .waitFor()
        }
        await page.getByRole('region', { name: t('compare.together') }).waitFor()
        await expectNoSidewaysScroll(page)
        await visit.screenshot('compare-running', { fullPage: true })
      }
      const reads = asked.filter((path) => path.startsWith('/api/v1/runs/')).length
      await writeFile(go, '')
      const summary = page.getByRole('region', { name: t('compare.summary') })
      await expect.poll(() => summary.getByText(t('runs.status.succeeded'), { exact: true }).count()).toBe(2)
      await column('B')
        .getByText(t('compare.against', { letter: 'A' }))
        .waitFor()
      const later = asked.filter((path) => path.startsWith('/api/v1/runs/')).length - reads
      if (broken) expect(later).toBeGreaterThan(0)
      else expect([later, asked.filter((path) => path === streams).length]).toEqual([0, 1])
      // Then the page has given up the stream, and the browser waits for no answer of the route above.
      await page.getByRole('button', { name: 'CSV', exact: true }).and(page.locator(':enabled')).waitFor()
      await visit.close()
    },
  )

  test(
    'it is shared with a password, and a customer with the link and password sees it and nothing else',
    async () => {
      const maker = await bench.visitAs('admin')
      await maker.page.goto(story.comparison)
      await maker.page.getByRole('button', { name: t('shares.share'), exact: true }).click()
      const dialog = maker.page.getByRole('dialog')
      await dialog.getByLabel(t('shares.field.title'), { exact: true }).fill(title)
      await dialog.getByLabel(t('shares.field.password'), { exact: true }).fill(password)
      await dialog.getByRole('button', { name: t('shares.create') }).click()
      story.link = await maker.page.getByTestId('share-url').innerText()
      await maker.page.getByRole('img', { name: t('shares.qr') }).waitFor()
      await expectAccessible(maker.page)
      await maker.screenshot('share-made')
      await maker.close()

      const customer = await bench.visitAsNobody({ width: 390 })
      customer.expectAnswer(/^401 (GET|POST) \/api\/v1\/public\/shares\//)
      const foreign = watchForeignRequests(customer)
      const { page } = customer
      await page.goto(new URL(story.link).pathname)
      await page.getByRole('heading', { name: t('public.locked') }).waitFor()
      expect(await page.content()).not.toContain(title)
      await page.getByLabel(t('public.password')).fill('wrong password')
      await page.getByRole('button', { name: t('public.open') }).click()
      await page.getByRole('alert').filter({ hasText: '密码不正确' }).waitFor()
      // The field waits for another one.
      const field = page.getByLabel(t('public.password'))
      await expect.poll(() => field.evaluate((input) => input === document.activeElement)).toBe(true)
      await page.keyboard.type(password)
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: title, level: 1 }).waitFor()
      await page.getByRole('heading', { name: t('compare.against', { letter: 'A' }) }).waitFor()
      await expect.poll(() => page.getByRole('navigation').count()).toBe(0)
      // Both columns are visible at once, also on a phone.
      const summary = page.getByRole('region', { name: t('compare.summary') })
      const hidden = await summary.evaluate((table) => table.scrollWidth - table.clientWidth)
      expect(hidden).toBeLessThanOrEqual(0)
      await expectNoSidewaysScroll(page)
      await expectAccessible(page)
      await customer.screenshot('share-comparison-phone', { fullPage: true })
      const topics = `,主题,${t('kinds.classification.name')},`
      const csv = (await saved(customer, 'CSV')).toString('utf8')
      expect(csv.split('\r\n').filter((line) => line.includes(topics))).toHaveLength(9)
      expect((await saved(customer, 'PNG')).subarray(1, 4).toString()).toBe('PNG')
      await page.getByRole('button', { name: t('report.title'), exact: true }).click()
      const report = page.getByRole('dialog').frameLocator('iframe')
      await report.getByRole('heading', { name: title }).waitFor()
      await report.getByRole('heading', { name: t('report.differences') }).waitFor()
      // The one who shares is not told.
      expect(await report.locator('body').innerText()).not.toContain('admin')
      expect(foreign).toEqual([])
      await customer.close()
    },
    3 * minutes,
  )

  test(
    'after the link is revoked in the list, the customer gets a friendly page',
    async () => {
      const maker = await bench.visitAs('admin')
      await maker.page.goto('/shares')
      const row = maker.page.getByRole('row').filter({ hasText: title })
      await row.getByText(t('shares.state.active')).waitFor()
      await expectAccessible(maker.page)
      await maker.screenshot('shares')
      await row.getByRole('button', { name: t('shares.revoke_title', { title }) }).click()
      await maker.page
        .getByRole('dialog')
        .getByRole('button', { name: t('shares.revoke'), exact: true })
        .click()
      await row.getByText(t('shares.state.revoked')).waitFor()
      await maker.close()

      const customer = await bench.visitAsNobody({ language: 'en', theme: 'dark' })
      customer.expectAnswer(/^410 GET \/api\/v1\/public\/shares\//)
      const english = await wordsOf('en')
      await customer.page.goto(new URL(story.link).pathname)
      await customer.page.getByRole('heading', { name: english('public.end.revoked') }).waitFor()
      await expectAccessible(customer.page)
      await customer.screenshot('share-revoked')
      await customer.close()
    },
    3 * minutes,
  )
}
