import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { describeInBrowser, patienceMs } from '../support/browser.ts'
import { z } from 'zod'
import type { PackageFiles } from '../support/api-client.ts'
import { expectAccessible, expectNoSidewaysScroll } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const started = z.object({ run_id: z.string() })

/** Fails on one input. */
const picky: PackageFiles = {
  'ai_algorithm.py': [
    'class Algorithm:',
    '    def predict(self, input_data, **parameters):',
    '        if "bad" in input_data:',
    '            raise ValueError("bad")',
    '        return input_data',
    '',
  ].join('\n'),
}
/** The names of the search fields of lists. */
const searches: Readonly<Record<string, string>> = {
  users: 'settings.users.search',
  keys: 'settings.keys.search',
  shares: 'shares.search',
}

describeInBrowser('columns and saved views of lists', () => {
  let bench: TestBench
  beforeAll(async () => {
    bench = await TestBench.open()
    const admin = await bench.platform.admin()
    await admin.publish('echo', picky)
    await bench.platform.person('colleague', 'user')
    await admin.post('/api-keys', z.unknown(), { name: 'line', scopes: ['run'] })
    await admin.post('/shares', z.unknown(), { kind: 'stage', target_id: 'echo', title: 'for the line' })
    for (const input of ['good', 'bad']) {
      const { run_id: id } = await admin.post('/runs', started, { service_id: 'echo', input_data: [input] })
      await admin.runEnd(id)
    }
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

  /** A list with saved views: where it is, its name for assistive programs, and a column that is left out. */
  const tables = [
    {
      list: 'users',
      at: '/settings?tab=users',
      region: 'settings.tab.users',
      column: 'settings.users.last_login',
    },
    { list: 'keys', at: '/settings', region: 'settings.tab.keys', column: 'settings.keys.rate_short' },
    { list: 'shares', at: '/shares', region: 'shares.title', column: 'shares.views' },
  ]

  test.each(tables)(
    'the list $list has columns and views of its own, which stay where the list is',
    async ({ list, at, region, column }) => {
      const t = await wordsOf('zh')
      const visit = await bench.visitAs('admin', { language: 'zh', theme: 'light', width: 1280 })
      const { page } = visit
      await page.goto(`${at}${at.includes('?') ? '&' : '?'}q=e`)
      const heads = page.getByRole('region', { name: t(region) }).locator('th')
      await heads.first().waitFor()
      expect(await heads.allTextContents()).toContain(t(column))
      await openMenu(page, t('views.title'))
      await page.getByRole('menuitem', { name: t('views.settings') }).click()
      const dialog = page.getByRole('dialog')
      await dialog.locator('label', { hasText: t(column) }).click()
      await dialog.getByRole('button', { name: t('views.apply'), exact: true }).click()
      await expect.poll(() => heads.allTextContents()).not.toContain(t(column))
      await openMenu(page, t('views.title'))
      await page.getByRole('menuitem', { name: t('views.save') }).click()
      await page.getByLabel(t('views.name')).fill(`我的 ${list}`)
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: `我的 ${list}` }).waitFor()
      await page.getByLabel(t(searches[list] ?? '')).fill('')
      await openMenu(page, t('views.title'))
      await page.getByRole('menuitem', { name: `我的 ${list}` }).click()
      await expect.poll(() => new URL(page.url()).searchParams.get('q')).toBe('e')
      await expect.poll(() => heads.allTextContents()).not.toContain(t(column))
      await expectNoSidewaysScroll(page)
      await expectAccessible(page)
      await visit.screenshot(`list-views-${list}`)
      await visit.close()
    },
    3 * minutes,
  )

  test(
    'earlier runs are shown by how they ended, with the facts that somebody chose',
    async () => {
      const t = await wordsOf('zh')
      const visit = await bench.visitAs('admin', { language: 'zh', theme: 'dark', width: 390 })
      const { page } = visit
      await page.goto('/stage/echo?tab=history')
      const runs = page.getByRole('list', { name: t('runs.history') }).getByRole('listitem')
      await expect.poll(() => runs.count(), { timeout: patienceMs }).toBe(2)
      await page.getByRole('button', { name: t('runs.status.failed'), exact: true }).click()
      await expect.poll(() => runs.count()).toBe(1)
      await page.getByRole('button', { name: t('views.title') }).click()
      await page.getByRole('menuitem', { name: t('views.settings') }).click()
      const dialog = page.getByRole('dialog')
      await dialog.locator('label', { hasText: t('runs.by') }).click()
      await dialog.getByRole('button', { name: t('views.apply'), exact: true }).click()
      await expect.poll(() => runs.first().textContent()).not.toContain('admin')
      await expectNoSidewaysScroll(page)
      await expectAccessible(page)
      await visit.screenshot('list-views-runs')
      await visit.close()
    },
    3 * minutes,
  )
})
