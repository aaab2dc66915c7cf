import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { patienceMs, type Visit } from '../support/browser.ts'
import { expectAccessible, expectAccessibleInEachTheme, expectNoSidewaysScroll } from './page-checks.ts'
import type { InBench } from './shared-bench.ts'
import type { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

/** Everything by the keyboard. */
export function commandCases(world: InBench): void {
  let bench: TestBench
  let t: Words

  beforeAll(async () => {
    bench = world()
    t = await wordsOf('zh')
  }, 4 * minutes)

  const field = ({ page }: Visit) => page.getByRole('combobox', { name: t('commands.title') })
  /** The one with this title; a hint may follow it. */
  const option = ({ page }: Visit, title: string) =>
    page.getByRole('option').filter({ has: page.getByText(title, { exact: true }) })
  const openPalette = async (visit: Visit) => {
    await visit.page.keyboard.press('Control+k')
    await field(visit).waitFor()
    // The dialog gives the field the focus when it has opened.
    await expect
      .poll(() => field(visit).evaluate((input) => input === document.activeElement), { timeout: patienceMs })
      .toBe(true)
  }

  test(
    'opens any page, service and action by name',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/start')
      await page.getByRole('heading', { name: t('start.first_day') }).waitFor()
      await openPalette(visit)
      await option(visit, t('services.title')).waitFor()
      await expectAccessibleInEachTheme(visit, (theme) => visit.screenshot(`palette-${theme}-1280`))

      await field(visit).fill('各种结果')
      await option(visit, t('commands.service.log', { name: '各种结果' })).waitFor()
      await expectAccessibleInEachTheme(visit)
      // The best one is chosen; the arrow goes to the next one, and round to the last.
      const chosen = page.getByRole('option', { selected: true })
      await expect.poll(() => chosen.textContent()).toContain('各种结果')
      await page.keyboard.press('ArrowDown')
      await expect
        .poll(() => chosen.textContent())
        .toContain(t('commands.service.stage', { name: '各种结果' }))
      await expect
        .poll(() => field(visit).getAttribute('aria-activedescendant'))
        .toBe(await chosen.getAttribute('id'))
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/stage\/kinds$/)
      await field(visit).waitFor({ state: 'hidden' })

      await openPalette(visit)
      await field(visit).fill('停止 kinds')
      await option(visit, t('commands.service.stop', { name: '各种结果' })).waitFor()
      await page.keyboard.press('Enter')
      const question = page.getByRole('dialog', { name: t('services.confirm.stop', { name: '各种结果' }) })
      await question.waitFor()
      await page.keyboard.press('Escape')
      await question.waitFor({ state: 'hidden' })

      await openPalette(visit)
      await field(visit).fill('没有这样的东西')
      await page.getByText(t('commands.none')).waitFor()
      await page.keyboard.press('Escape')
      await field(visit).waitFor({ state: 'hidden' })
      await visit.close()
    },
    4 * minutes,
  )

  test(
    'finds links, users, keys and tasks by name for those who may see them',
    async () => {
      const admin = await bench.platform.admin()
      const id = z.object({ id: z.string() })
      await admin.post('/shares', id, { kind: 'stage', target_id: 'kinds', title: '给客户的链接' })
      await admin.post('/api-keys', id, { name: 'night-job', scopes: ['run'] })
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/start')
      await page.getByRole('heading', { name: t('start.first_day') }).waitFor()
      for (const [typed, title, path] of [
        ['给客户', '给客户的链接', '/shares'],
        ['night', 'night-job', '/settings'],
        ['admin', 'admin', '/settings'],
        [`${t('tasks.kind.deploy')} kinds`, `${t('tasks.kind.deploy')} · 各种结果`, '/deploy/tasks/'],
      ] as const) {
        await openPalette(visit)
        await field(visit).fill(typed)
        await option(visit, title).first().click()
        await page.waitForURL((url) => url.pathname.startsWith(path))
        await field(visit).waitFor({ state: 'hidden' })
      }
      // The page of a task names the service as people know it, and so does the browser's tab.
      const title = `${t('tasks.kind.deploy')} · 各种结果`
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
      await expect.poll(() => page.title()).toMatch(new RegExp(`^${title} ·`))
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'goes to the search field with /, lists the shortcuts with ?, and single keys can be switched off',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/services')
      const search = page.getByRole('textbox', { name: t('services.search') })
      await search.waitFor()
      await page.keyboard.press('/')
      await expect
        .poll(() => search.evaluate((input) => input === document.activeElement), { timeout: patienceMs })
        .toBe(true)
      // In a field the keys are text.
      await page.keyboard.type('/?')
      await expect.poll(() => search.inputValue()).toBe('/?')
      await search.fill('')
      await search.blur()
      await page.keyboard.press('?')
      const help = page.getByRole('dialog', { name: t('commands.shortcuts') })
      await help.waitFor()
      await expectAccessible(page)
      await help.getByText(t('commands.single_keys'), { exact: true }).click()
      await page.keyboard.press('Escape')
      await help.waitFor({ state: 'hidden' })
      await search.blur()
      await page.keyboard.press('/')
      await openPalette(visit)
      await page.keyboard.press('Escape')
      await field(visit).waitFor({ state: 'hidden' })
      await expect.poll(() => search.inputValue()).toBe('')
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'is not needed on a phone: the palette has a button, and the start page fits',
    async () => {
      const visit = await bench.visitAs('admin', { width: 390 })
      const { page } = visit
      await page.goto('/start')
      const ticks = page.getByRole('checkbox', { name: t('start.step.security') })
      await ticks.waitFor()
      await expectNoSidewaysScroll(page)
      await visit.screenshot('start-390', { fullPage: true })
      await ticks.click()
      await page.reload()
      await expect.poll(() => ticks.isChecked(), { timeout: patienceMs }).toBe(true)
      await page.getByRole('button', { name: t('commands.open') }).click()
      await field(visit).fill(t('commands.page.guide'))
      await option(visit, t('commands.page.guide')).click()
      await page.waitForURL(/\/guide$/)
      await page.getByRole('heading', { name: '看一个算法能做什么' }).waitFor()
      await expectNoSidewaysScroll(page)
      await visit.screenshot('guide-390')
      await page
        .getByRole('link', { name: t('guide.chapter.many-services'), exact: true })
        .first()
        .click()
      await page.getByRole('heading', { name: '分组', exact: true }).waitFor()
      await visit.close()
    },
    2 * minutes,
  )
}
