import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { describeInBrowser, patienceMs } from '../support/browser.ts'
import { echo } from '../platform/packages.ts'
import { expectAccessible, expectNoSidewaysScroll } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

describeInBrowser('columns and saved views of lists', () => {
  let bench: TestBench
  beforeAll(async () => {
    bench = await TestBench.open()
    const admin = await bench.platform.admin()
    await admin.publish('echo', echo())
    await bench.platform.person('colleague', 'user')
  }, 4 * minutes)
  afterAll(() => bench?.close(), 3 * minutes)

  const headsOf = async (page: Page) =>
    (await page.locator('table.services th').allTextContents()).map((text) => text.trim().replace(/[↑↓]/, ''))
  const openMenu = async (page: Page, name: string) => {
    await page.getByRole('button', { name }).click()
    await page.getByRole('menu').waitFor()
  }

  test.each(['zh', 'en'] as const)(
    'what is chosen and saved in one browser is there in another, and a link shows it to somebody else (%s)',
    async (language) => {
      const t: Words = await wordsOf(language)
      const look = { language, theme: 'light', width: 1280 } as const
      const title = (key: string) => t(`services.column.${key}`)
      const first = await bench.visitAs('admin', look)
      const { page } = first
      // Another one in each language: a list whose address is that of a saved view says the name of that view.
      await page.goto(language === 'zh' ? '/services?sort=-name' : '/services?sort=-name&q=echo')
      await page.locator('table.services').waitFor()
      await openMenu(page, t('views.title'))
      await page.getByRole('menuitem', { name: t('views.settings') }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText(t('views.reset')).click()
      // By keyboard alone: the port away, and the processor before the state.
      await dialog.getByRole('checkbox', { name: title('port') }).focus()
      await page.keyboard.press('Space')
      for (let step = 0; step < 4; step++)
        await dialog.getByRole('button', { name: t('views.earlier', { name: title('cpu') }) }).press('Enter')
      await first.screenshot(`list-views-columns-${language}`)
      await dialog.getByRole('button', { name: t('views.apply'), exact: true }).click()
      await dialog.waitFor({ state: 'hidden' })
      const chosen = [title('name'), title('cpu'), title('state'), title('release')]
      await expect
        .poll(async () => (await headsOf(page)).filter((head) => head !== '').slice(0, 4))
        .toEqual(chosen)
      expect(await headsOf(page)).not.toContain(title('port'))

      const name = `回头看 ${language}`
      await openMenu(page, t('views.title'))
      await page.getByRole('menuitem', { name: t('views.save') }).click()
      await page.getByLabel(t('views.name')).fill(name)
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name }).waitFor()
      await first.close()

      const second = await bench.visitAs('admin', { language, theme: 'dark', width: 390 })
      await second.page.goto('/services')
      await openMenu(second.page, t('views.title'))
      await second.page.getByRole('menuitem', { name }).click()
      await expect.poll(() => new URL(second.page.url()).searchParams.get('sort')).toBe('-name')
      await expectNoSidewaysScroll(second.page)
      await expectAccessible(second.page)
      await second.screenshot(`list-views-phone-${language}`)
      await openMenu(second.page, name)
      await second.screenshot(`list-views-menu-${language}`)
      await second.page.getByRole('menuitem', { name: t('views.settings') }).click()
      await second.page.getByRole('button', { name: t('views.copy', { name }) }).waitFor()
      await expectNoSidewaysScroll(second.page)
      await second.screenshot(`list-views-settings-${language}`)
      const link = new URL(second.page.url())
      await second.close()

      const other = await bench.visitAs('colleague', look)
      // A column that this version does not have any more is ignored.
      link.searchParams.set('columns', `sold,${link.searchParams.get('columns') ?? ''}`)
      await other.page.goto(`${link.pathname}${link.search}`)
      await expect
        .poll(async () => (await headsOf(other.page)).filter((head) => head !== '').slice(0, 4), {
          timeout: patienceMs,
        })
        .toEqual(chosen)
      await other.close()
    },
    4 * minutes,
  )

  test(
    'a list of the account has the chosen number of rows, and its columns at once after a reload',
    async () => {
      const t = await wordsOf('zh')
      const visit = await bench.visitAs('admin', { language: 'zh', theme: 'light', width: 1280 })
      const { page } = visit
      await page.goto('/settings?tab=audit')
      await openMenu(page, t('views.title'))
      await page.getByRole('menuitem', { name: t('views.settings') }).click()
      const dialog = page.getByRole('dialog')
      await dialog.locator('label', { hasText: t('audit.from') }).click()
      const asked = page.waitForRequest(/\/audit\?.*page_size=20/)
      await dialog.getByRole('button', { name: t('views.rows', { count: 20 }), exact: true }).click()
      await dialog.getByRole('button', { name: t('views.apply'), exact: true }).click()
      await asked
      await page.route('**/api/v1/config?**', () => undefined)
      await page.reload()
      const heads = page.getByRole('region', { name: t('settings.tab.audit') }).locator('th')
      await expect.poll(() => heads.allTextContents(), { timeout: patienceMs }).toContain(t('audit.who'))
      expect(await heads.allTextContents()).not.toContain(t('audit.from'))
      await visit.screenshot('list-views-audit')
      await visit.close()
    },
    3 * minutes,
  )
})
