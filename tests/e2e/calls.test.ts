import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { describeInBrowser, patienceMs } from '../support/browser.ts'
import { echo } from '../platform/packages.ts'
import { expectAccessible, expectNoSidewaysScroll } from './page-checks.ts'
import { tryAgain } from './try-again.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const madeKey = z.object({ id: z.string(), key: z.string() })

describeInBrowser('calls and charts', () => {
  let bench: TestBench
  let t: Words

  beforeAll(async () => {
    // nginx does not see what is sent and answered.
    bench = await TestBench.open({ VITRINE_GATEWAY: 'embedded' })
    t = await wordsOf('zh')
    const admin = await bench.platform.admin()
    await admin.publish('echo', echo())
    const { key } = await admin.post('/api-keys', madeKey, { name: 'night job', scopes: ['run'] })
    for (let call = 0; call < 12; call++)
      await admin.with(key).predict('echo', ['x'], { 'x-request-id': `night-${call}-of-many` })
    await admin.with(null).predict('echo', ['x'], { 'x-request-id': 'refused-request' })
    // The gateway logs a call after its answer, and the calls of two moments may come in two parts.
    const areKept = async () => (await admin.get('/calls', z.object({ total: z.number() }))).total === 13
    if (!(await waitFor(areKept, { timeoutMs: patienceMs, slowingToMs: 250 })))
      throw new Error('the calls were not kept')
  }, 4 * minutes)
  afterAll(() => bench?.close(), 3 * minutes)

  test(
    'calls are found with filters that are kept in the address',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/calls')
      const rows = page
        .getByRole('region', { name: t('calls.title'), exact: true })
        .getByRole('row')
        .filter({ has: page.getByRole('cell') })
      await expect.poll(() => rows.count(), { timeout: patienceMs }).toBe(13)
      await page.getByRole('button', { name: '4xx' }).click()
      await expect.poll(() => rows.count(), { timeout: patienceMs }).toBe(1)
      await expect.poll(() => rows.first().textContent()).toContain('auth.required')
      expect(new URL(page.url()).search).toBe('?status=4xx')
      await page.getByRole('button', { name: t('calls.any_status'), exact: true }).click()
      await page
        .getByRole('button', { name: /night job/ })
        .first()
        .click()
      await expect.poll(() => rows.count(), { timeout: patienceMs }).toBe(12)
      expect(new URL(page.url()).searchParams.get('caller')).toMatch(/^key:/)
      await page.reload()
      await expect.poll(() => rows.count(), { timeout: patienceMs }).toBe(12)
      await page.getByText('night job').first().waitFor()
      const bars = page.getByRole('group', { name: t('calls.histogram') }).getByRole('button')
      await bars.first().click()
      await expect.poll(() => new URL(page.url()).searchParams.get('min')).not.toBeNull()
      const downloading = page.waitForEvent('download')
      await page.getByRole('button', { name: t('calls.file') }).click()
      const file = await (await downloading).path()
      const lines = (await readFile(file, 'utf8')).trimEnd().split('\r\n')
      expect(lines.filter((line) => line.includes(',night job,'))).toHaveLength(12)
      await page.getByLabel(t('calls.min_ms'), { exact: true }).fill('86400000')
      await page.getByRole('button', { name: t('calls.show_all') }).waitFor()
      await page.getByLabel(t('calls.min_ms'), { exact: true }).fill('0')
      await expect.poll(() => rows.count(), { timeout: patienceMs }).toBe(12)
      await page.getByLabel(t('calls.request'), { exact: true }).fill('no-such-request')
      await page.getByRole('button', { name: t('calls.show_all') }).waitFor()
      await page.getByRole('button', { name: t('calls.show_all') }).click()
      await expect.poll(() => rows.count(), { timeout: patienceMs }).toBe(13)
      expect(new URL(page.url()).search).toBe('')
      // The field itself is below the text that it shows.
      await page.locator(`.el-select:has([aria-label="${t('calls.span')}"])`).click()
      await page.getByRole('option', { name: t('calls.own_span') }).click()
      await page.getByLabel(t('calls.from'), { exact: true }).fill('2020-01-01T08:00')
      await page.getByLabel(t('calls.to'), { exact: true }).fill('2020-01-02T08:00')
      await page.getByRole('button', { name: t('calls.show_all') }).waitFor()
      expect(new URL(page.url()).searchParams.get('from')).toMatch(/^20(19|20)-/)
      await page.getByRole('button', { name: t('calls.show_all') }).click()
      await expect.poll(() => rows.count(), { timeout: patienceMs }).toBe(13)
      await visit.close()
    },
    3 * minutes,
  )

  test(
    'a service is set to keep requests and responses, which are then read beside the call',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/services/echo?tab=settings')
      // The switch itself is hidden below its picture.
      await page.locator('.el-switch:has(#set-keep)').click()
      await page.getByText(t('service_settings.keep_on')).waitFor()
      // The gateway follows before the answer.
      const saved = page.waitForResponse((answer) => answer.request().method() === 'PATCH')
      await page.getByRole('button', { name: t('service_settings.save') }).click()
      expect((await saved).status()).toBe(200)
      const admin = await bench.platform.admin()
      await admin.predict('echo', ['给客户看'], { 'x-request-id': 'call-that-is-kept' })
      await page.goto('/calls?request=call-that-is-kept')
      await page.getByRole('button', { name: t('calls.bodies.open') }).click()
      const dialog = page.getByRole('dialog', { name: t('calls.bodies.title') })
      await dialog.getByText('"给客户看"').waitFor()
      await dialog.getByText('echo:给客户看').waitFor()
      for (const look of [
        { language: 'zh', theme: 'light', width: 1280 },
        { language: 'en', theme: 'dark', width: 390 },
      ] as const) {
        await visit.lookAs(look)
        await page.getByRole('button', { name: (await wordsOf(look.language))('calls.bodies.open') }).click()
        await page.getByRole('dialog').getByText('echo:给客户看').waitFor()
        await expectNoSidewaysScroll(page)
        await expectAccessible(page)
        await visit.screenshot(`calls-bodies-${look.language}-${look.width}`)
      }
      await admin.change('echo', { keep_bodies: false })
      await visit.close()
    },
    3 * minutes,
  )

  test(
    'figures that cannot be read are said to be so, and are read again; those of the newest calls alone, too',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      visit.expectAnswer(/^500 GET \/api\/v1\/calls\/summary/)
      let isBroken = true
      await page.route('**/api/v1/calls/summary**', async (route) => {
        if (!isBroken) return route.continue()
        const error = { code: 'internal', message: '内部错误', details: {}, request_id: 'r-1' }
        await route.fulfill({ status: 500, json: { error } })
      })
      await page.route('**/api/v1/calls?**', async (route) => {
        const answer = await route.fetch()
        const list = z.looseObject({}).parse(await answer.json())
        await route.fulfill({ json: { ...list, total: 10_000, more: true } })
      })
      await page.goto('/calls')
      const summary = page.getByRole('region', { name: t('calls.summary') })
      const alert = summary.getByRole('alert')
      await alert.waitFor()
      await tryAgain(alert.getByRole('button', { name: t('error.retry') }), () => (isBroken = false))
      await summary.getByText(t('calls.newest', { count: '10,000' })).waitFor()
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'both pages can be read on a laptop and a phone, in both languages and themes, and with a screen reader',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      for (const [path, shows] of [
        ['/calls', 'calls.any_status'],
        ['/services/echo?tab=metrics', 'metrics.see_calls'],
        ['/charts', 'charts.hint'],
      ] as const) {
        await page.goto(path)
        for (const look of [
          { language: 'zh', theme: 'light', width: 1280 },
          { language: 'en', theme: 'dark', width: 390 },
          { language: 'en', theme: 'light', width: 1280 },
          { language: 'zh', theme: 'dark', width: 390 },
        ] as const) {
          await visit.lookAs(look)
          await page
            .getByText((await wordsOf(look.language))(shows), { exact: true })
            .first()
            .waitFor()
          await page
            .getByText('auth.required')
            .or(page.getByRole('slider').locator('.u-over'))
            .first()
            .waitFor()
          await expectNoSidewaysScroll(page)
          await expectAccessible(page)
          const name = `${path.replaceAll(/\W+/g, '-')}-${look.language}-${look.width}`
          await visit.screenshot(`calls${name}`, { fullPage: true })
        }
      }
      await visit.close()
    },
    4 * minutes,
  )

  test(
    'a chart marks the deploy, zooms by dragging and by keyboard for all charts, and has a table',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/services/echo?tab=metrics')
      const chart = page.getByRole('slider', { name: t('metrics.calls') })
      await chart.locator('.u-over').waitFor()
      await page
        .getByRole('button', { name: t('charts.table_of', { title: t('metrics.calls') }), exact: true })
        .click()
      const table = page.getByRole('region', { name: t('metrics.calls') })
      await table
        .getByText(t('charts.mark.deploy', { release: 1 }))
        .first()
        .waitFor()
      const whole = page.getByRole('button', { name: t('charts.whole') })
      const over = chart.locator('.u-over')
      // Once it stands still: the table below has just come, and other charts above may.
      await over.hover({ position: { x: 40, y: 40 } })
      const box = await over.boundingBox()
      if (box === null) throw new Error('the chart has no size')
      await page.mouse.move(box.x + box.width * 0.25, box.y + 40)
      await page.mouse.down()
      await page.mouse.move(box.x + box.width * 0.75, box.y + 40, { steps: 5 })
      await page.mouse.up()
      await whole.waitFor()
      // The calls of the part that is shown, with two times, so that the link stays right.
      const link = await page.getByRole('link', { name: t('metrics.see_calls') }).getAttribute('href')
      expect(link).toMatch(/service=echo&from=.+&to=.+/)
      await whole.click()
      await whole.waitFor({ state: 'detached' })
      await chart.focus()
      await page.keyboard.press('+')
      await whole.waitFor()
      // A step that is not shown moves the part along, and is the one that is read out.
      await page.keyboard.press('Home')
      await expect.poll(() => chart.getAttribute('aria-valuenow'), { timeout: patienceMs }).toBe('1')
      await page.keyboard.press('-')
      await whole.waitFor({ state: 'detached' })
      await expect.poll(() => chart.getAttribute('aria-valuenow')).toBe('1')
      await visit.close()
    },
    3 * minutes,
  )

  test(
    'a chart shows its values under the pointer and by keyboard',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/services/echo?tab=metrics')
      const chart = page.getByRole('slider', { name: t('metrics.calls') })
      await chart.locator('.u-over').waitFor()
      await chart.focus()
      await page.keyboard.press('Home')
      await expect.poll(() => chart.getAttribute('aria-valuenow')).toBe('1')
      // The calls were made within the span that is shown, some minutes ago on a busy machine.
      let said = 0
      const last = Number(await chart.getAttribute('aria-valuemax'))
      await page.keyboard.press('End')
      for (let step = 0; said < 13 && step < last; step++) {
        await expect.poll(() => chart.getAttribute('aria-valuenow')).toBe(String(last - step))
        const text = (await chart.getAttribute('aria-valuetext')) ?? ''
        said += Number(new RegExp(`${t('metrics.calls')} (\\d+)`).exec(text)?.[1] ?? 0)
        await page.keyboard.press('ArrowLeft')
      }
      expect(said).toBeGreaterThanOrEqual(13)
      await page.keyboard.press('End')
      await chart.getByText(t('metrics.errors')).waitFor()
      await page.keyboard.press('Escape')
      await expect.poll(() => chart.getByText(t('metrics.errors')).count()).toBe(0)
      await chart.hover()
      await chart.getByText(t('metrics.errors')).waitFor()
      await page.getByRole('button', { name: t('metrics.last.7d') }).click()
      await expect.poll(() => chart.getAttribute('aria-valuemax'), { timeout: patienceMs }).toBe('168')
      expect(new URL(page.url()).searchParams.get('span')).toBe('7d')
      await visit.close()
    },
    3 * minutes,
  )
})
