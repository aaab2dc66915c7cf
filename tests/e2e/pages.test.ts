import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiKeyEndpoints, assetEndpoints, presentationEndpoints } from '@vitrine/contract'
import { describeInBrowser, patienceMs, type Visit } from '../support/browser.ts'
import { gate } from '../support/gate.ts'
import { testPassword } from '../support/platform.ts'
import { onePixel } from '../support/one-pixel.ts'
import { everyPage } from './every-page.ts'
import { attack, kinds } from './kinds.ts'
import { expectAccessible, expectAccessibleInEachTheme } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

/** Opens another page of the application without loading it anew, as the button of a browser for the next page does. */
async function goInside(page: Visit['page'], path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, '', to)
    window.dispatchEvent(new PopStateEvent('popstate'))
  }, path)
}

describeInBrowser('every page', () => {
  let bench: TestBench
  let t: Words

  beforeAll(async () => {
    bench = await TestBench.open()
    t = await wordsOf('zh')
    await (await bench.platform.admin()).publish('kinds', kinds)
  }, 4 * minutes)
  afterAll(() => bench?.close(), 3 * minutes)

  const untilShown = async (page: Visit['page'], shows: string, words = t) => {
    const text = /^[a-z_.]+$/i.test(shows) ? words(shows) : shows
    await page.getByText(text).or(page.getByLabel(text)).filter({ visible: true }).first().waitFor()
  }
  const open = async ({ page }: Visit, path: string, shows: string) => {
    await page.goto(path)
    await untilShown(page, shows)
  }

  // In Chinese, pages are looked at as they are first seen, in page-loads.test.ts. Labels and titles may be missing in one language alone,
  // and for them the pages need not be loaded again.
  test(
    'has no serious accessibility problem in English',
    async () => {
      const words = await wordsOf('en')
      const visit = await bench.visitAs('admin', { language: 'en' })
      const { page } = visit
      await page.goto('/')
      for (const { path, shows } of everyPage) {
        await goInside(page, path)
        await untilShown(page, shows, words)
        await expectAccessible(page, 'all but colours')
      }
      await visit.close()
    },
    10 * minutes,
  )

  test(
    'has no serious accessibility problem in either theme with a dialog, and with each kind of result',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await open(visit, '/settings', 'settings.keys.create')
      await page
        .getByRole('button', { name: t('settings.keys.create') })
        .first()
        .click()
      await page.getByRole('dialog').getByLabel(t('settings.keys.name')).waitFor()
      await expectAccessibleInEachTheme(visit)
      await open(visit, '/stage/kinds', 'stage.run')
      const runnable = () =>
        page.getByRole('button', { name: t('stage.run'), exact: true }).and(page.locator(':enabled'))
      for (const input of ['classification', 'tokens', 'table', 'broken detection']) {
        await page.getByRole('textbox', { name: t('stage.your_text'), exact: true }).fill(input)
        await runnable().waitFor()
        const before = page.url()
        await page.keyboard.press('Control+Enter')
        await expect.poll(() => page.url(), { timeout: patienceMs }).not.toBe(before)
        await page.getByText(t('runs.status.succeeded'), { exact: true }).waitFor()
        await runnable().waitFor()
        await expectAccessibleInEachTheme(visit)
      }
      await visit.close()
    },
    // Four results, each with checks of seconds on a busy machine.
    6 * minutes,
  )

  test.each(['zh', 'en'] as const)(
    'shows on a phone that a service has more tabs, and scrolls the chosen one into view (%s)',
    async (language) => {
      const visit = await bench.visitAs('admin', { width: 390, language })
      const { page } = visit
      await page.goto('/services/kinds')
      const tabs = page.locator('nav.tabs')
      await tabs.waitFor()
      // How far a tab extends beyond the visible part, in pixels, and whether that edge fades.
      const beyond = (which: 'first' | 'last') =>
        tabs.evaluate((nav, at) => {
          const link = nav.querySelector(at === 'first' ? 'a:first-child' : 'a:last-child')
          const [seen, box] = [nav.getBoundingClientRect(), link?.getBoundingClientRect()]
          const far = box ? (at === 'first' ? seen.left - box.left : box.right - seen.right) : Number.NaN
          const fades = nav.classList.contains(at === 'first' ? 'more-before' : 'more-after')
          return { isHidden: far > 1, fades }
        }, which)
      const overflows = await tabs.evaluate((nav) => nav.scrollWidth > nav.clientWidth)
      await expect.poll(() => beyond('last')).toEqual({ isHidden: overflows, fades: overflows })
      await expect.poll(() => beyond('first')).toEqual({ isHidden: false, fades: false })
      await visit.screenshot(`service-tabs-${language}-390`)
      await tabs.getByRole('link').last().click()
      await page.waitForURL(/tab=tasks/)
      await expect.poll(() => beyond('last')).toEqual({ isHidden: false, fades: false })
      await expect.poll(() => beyond('first')).toEqual({ isHidden: overflows, fades: overflows })
      await visit.screenshot(`service-tabs-last-${language}-390`)
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'a dialog keeps the keyboard focus, and Esc cancels it unless the server is at work on it',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await open(visit, '/services', '各种结果')
      await page
        .getByRole('button', { name: t('services.operation_named.stop', { name: '各种结果' }) })
        .click()
      const dialog = page.getByRole('dialog')
      await dialog.waitFor()
      // The dialog takes the focus after it has become visible.
      await expect
        .poll(() => dialog.evaluate((element) => element.contains(document.activeElement)))
        .toBe(true)
      const isInside = () =>
        dialog.evaluate(
          (element) => element.contains(document.activeElement) && document.activeElement !== element,
        )
      for (let step = 0; step < 6; step++) {
        await page.keyboard.press('Tab')
        await expect.poll(isInside, { message: `after ${step + 1} times Tab` }).toBe(true)
      }
      // While the server works on it, it stays, and says then why nothing came of it.
      const { passed, open: answer } = gate()
      visit.expectAnswer(/^500 POST \/api\/v1\/services\/stop\/kinds$/)
      await page.route('**/api/v1/services/stop/kinds', async (route) => {
        await passed
        const error = { code: 'internal', message: '内部错误', details: {}, request_id: 'r-1' }
        await route.fulfill({ status: 500, json: { error } })
      })
      await dialog.getByRole('button', { name: t('services.operation.stop') }).press('Enter')
      await dialog.locator('button:disabled', { hasText: t('app.cancel') }).waitFor()
      await page.keyboard.press('Escape')
      answer()
      await dialog.getByRole('alert').filter({ hasText: /\S/ }).waitFor()
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'hidden' })
      const row = page.getByRole('row').filter({ hasText: '/ai/kinds/' })
      await row.getByText(t('state.health.READY'), { exact: true }).waitFor()
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'beside the code of a stage a key for it alone is made with the keyboard, and the code contains it once',
    async () => {
      await bench.platform.person('caller', 'user')
      const visit = await bench.visitAs('caller')
      const { page } = visit
      await page.goto('/stage/kinds?tab=code')
      const code = page.locator('.code-panel pre')
      await code.getByText('Bearer YOUR_API_KEY').waitFor()
      const create = page.getByRole('button', { name: t('stage.code_new_key') })
      await create.press('Enter')
      const dialog = page.getByRole('dialog')
      await dialog.getByText(t('settings.keys.only', { name: '各种结果' })).waitFor()
      await expectAccessible(page)
      await visit.screenshot('stage-new-key')
      const rate = dialog.getByRole('spinbutton', { name: t('settings.keys.rate') })
      await rate.fill('1200')
      await dialog.getByLabel(t('settings.keys.name'), { exact: true }).press('Enter')
      const key = await page.getByTestId('new-key').innerText()
      await code.getByText(`Bearer ${key}`).waitFor()
      await visit.screenshot('stage-new-key-made')
      await dialog.getByRole('button', { name: t('settings.keys.kept') }).press('Enter')
      await dialog.waitFor({ state: 'hidden' })
      await expect.poll(() => create.evaluate((button) => button === document.activeElement)).toBe(true)

      const person = await bench.platform.anonymous().signIn('caller', testPassword)
      const { items } = await person.get('/api-keys', apiKeyEndpoints['GET /api-keys'].response)
      expect(items).toMatchObject([{ scopes: ['run'], service_ids: ['kinds'], requests_per_minute: 1200 }])
      expect((await bench.platform.anonymous().with(key).predict('kinds', ['number'])).status).toBe(200)
      await page.reload()
      await code.getByText('Bearer YOUR_API_KEY').waitFor()

      await page.goto('/settings')
      const limit = (text: string) => page.getByRole('cell', { name: text, exact: true }).waitFor()
      await limit(t('settings.keys.rate_text', { requests: '1,200' }))
      await page.getByRole('button', { name: t('settings.users.edit') }).click()
      await rate.fill('')
      await dialog.getByRole('button', { name: t('settings.users.save') }).click()
      await limit(t('settings.keys.no_rate'))
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'a presentation that two people edit loses nothing, and a story runs no script',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      visit.expectAnswer(/^409 PUT .*\/presentation\/draft$/)
      await open(visit, '/services/kinds/presentation', 'presentation.publish')
      const api = await bench.platform.admin()
      const presentation = { title: { zh: '别人的标题' } }
      const first = { json: { presentation, revision: 0 } }
      expect((await api.request('PUT', '/services/kinds/presentation/draft', first)).status).toBe(200)
      await page.getByLabel(t('presentation.name'), { exact: true }).fill('我的标题')
      await page.getByLabel(t('presentation.story'), { exact: true }).fill(`## 故事\n\n${attack}`)
      await page.getByText('别人的标题').waitFor()
      await visit.screenshot('presentation-conflict-1280')
      await page.getByRole('button', { name: t('presentation.conflict.keep_mine') }).click()
      await page.getByText(t('presentation.draft_saved')).waitFor()
      await page.getByRole('button', { name: t('presentation.publish'), exact: true }).click()
      await page.getByText(t('presentation.is_published')).waitFor()

      await open(visit, '/stage/kinds', '我的标题')
      await page.getByText(t('stage.more'), { exact: true }).click()
      await page.getByRole('heading', { name: '故事' }).waitFor()
      expect(await page.evaluate(() => 'attacked' in window)).toBe(false)
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'an own picture is uploaded as the cover, and published with the presentation',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await open(visit, '/services/kinds/presentation', 'presentation.publish')
      await page.getByText(t('presentation.cover.asset'), { exact: true }).click()
      await page
        .getByLabel(t('presentation.cover.upload'), { exact: true })
        .setInputFiles({ name: 'cover.png', mimeType: 'image/png', buffer: onePixel })
      const pictures = page.getByRole('group', { name: t('presentation.cover.asset') })
      await pictures.getByRole('button', { name: 'cover.png', pressed: true }).waitFor()
      await page.getByText(t('presentation.draft_saved')).waitFor()
      await page.getByRole('button', { name: t('presentation.publish'), exact: true }).click()
      await page.getByText(t('presentation.is_published')).waitFor()
      const api = await bench.platform.admin()
      const { items } = await api.get('/assets', assetEndpoints['GET /assets'].response)
      const { published } = await api.get(
        '/services/kinds/presentation',
        presentationEndpoints['GET /services/{id}/presentation'].response,
      )
      const uploaded = items.find(({ name }) => name === 'cover.png')
      expect(published?.cover).toEqual({ from: 'asset', asset_id: uploaded?.id })
      await visit.screenshot('presentation-cover-1280')
      await visit.close()
    },
    2 * minutes,
  )
})
