import { afterAll, beforeAll, expect, test } from 'vitest'
import { configEndpoints } from '@vitrine/contract'
import { setConfig } from '../platform/ask-config.ts'
import { moody } from '../platform/canary-package.ts'
import { echo } from '../platform/packages.ts'
import type { ApiClient } from '../support/api-client.ts'
import type { Visit } from '../support/browser.ts'
import { expectAccessible, expectNoSidewaysScroll, isInView } from './page-checks.ts'
import type { InBench } from './shared-bench.ts'
import type { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const revisions = configEndpoints['GET /config/revisions'].response

/** A change that is tried on one instance first. */
export function configurationCanaryCases(world: InBench): void {
  let bench: TestBench
  let admin: ApiClient
  let t: Words
  let visit: Visit

  beforeAll(async () => {
    bench = world()
    admin = await bench.platform.admin()
    t = await wordsOf('zh')
    visit = await bench.visitAs('admin')
    await admin.publish('tried', moody)
    await admin.publish('plain', echo())
    await admin.publish('other', echo())
  }, 5 * minutes)
  afterAll(async () => {
    await visit?.close()
  }, 3 * minutes)

  const button = (name: string) => visit.page.getByRole('button', { name, exact: true })
  const field = (key: string) => visit.page.getByLabel(key, { exact: true })
  const canary = () => visit.page.locator('label', { hasText: t('configuration.canary.first') })
  const answer = async () => (await admin.predict('tried', ['x'])).text()
  /** Reviews what was entered, asks for a canary, and saves. */
  const tryFirst = async (reason: string) => {
    await button(t('configuration.save.review')).click()
    await visit.page.locator('input[name="reason"]').fill(reason)
    await canary()
      .getByText(t('configuration.canary.examples', { count: 1 }))
      .waitFor()
    await canary().locator('.el-switch').click()
    await visit.screenshot('configuration-canary-1280')
    await expectAccessible(visit.page)
    await button(t('configuration.save.action')).click()
  }
  const addVariable = async (name: string) => {
    await button(t('configuration.add_variable')).click()
    await visit.page.locator('input[name="config-name"]').fill(name)
    await button(t('configuration.new.next')).click()
  }

  test(
    'one that breaks a golden example is told with that example, saves nothing and stays entered; a mended one takes effect',
    async () => {
      await visit.page.goto('/services/tried?tab=configuration')
      await addVariable('MODE')
      await field('env.MODE').fill('broken')
      await tryFirst('a bold change')
      const progress = visit.page.getByRole('status').filter({ hasText: t('configuration.canary.failed') })
      await progress.getByText('金标准').waitFor()
      // It is told where it is seen, and not only at the beginning of the page.
      await expect.poll(() => isInView(progress)).toBe(true)
      await visit.screenshot('configuration-canary-failed-1280')
      expect(await answer()).toContain('"none"')
      expect((await admin.get('/config/revisions?service_id=tried', revisions)).items).toEqual([])
      // What was entered is still there, to be mended.
      expect(await field('env.MODE').inputValue()).toBe('broken')
      await field('env.MODE').fill('fast')
      await tryFirst('a better change')
      await visit.page.getByText(t('configuration.canary.passed')).waitFor()
      await button(t('configuration.save.review')).waitFor({ state: 'detached' })
      expect(await answer()).toContain('"fast"')
      const { items } = await admin.get('/config/revisions?service_id=tried', revisions)
      expect(items.map(({ reason }) => reason)).toEqual(['a better change'])
    },
    4 * minutes,
  )

  test(
    'a removal and a copy to one other service are tried first, a copy to several cannot be',
    async () => {
      await setConfig(admin, 'env.MODE', { service_id: 'tried', value: 'fast' })
      await setConfig(admin, 'env.MODE', { service_id: 'plain', value: 'broken' })
      await visit.page.goto('/services/tried?tab=configuration')
      await visit.page.locator('button[aria-expanded]', { hasText: 'env.MODE' }).click()
      await button(t('configuration.remove')).click()
      await tryFirst('not needed')
      await visit.page.getByText(t('configuration.canary.passed')).waitFor()
      expect(await answer()).toContain('"none"')

      const choose = async (...ids: readonly string[]) => {
        await visit.page.getByText(t('configuration.copy.choose'), { exact: true }).click()
        for (const id of ids) await visit.page.getByRole('option', { name: id }).click()
        await visit.page.keyboard.press('Escape')
      }
      await visit.page.goto('/services/plain?tab=configuration&part=copy')
      await choose('tried')
      await canary().locator('.el-switch').click()
      await visit.screenshot('configuration-canary-copy-1280')
      await expectAccessible(visit.page)
      await button(t('configuration.copy.action', { count: 1 })).click()
      const progress = visit.page.getByRole('status').filter({ hasText: t('configuration.canary.failed') })
      await progress.getByText('金标准').waitFor()
      expect(await visit.page.getByText(t('configuration.copy.done')).count()).toBe(0)
      expect(await answer()).toContain('"none"')

      await setConfig(admin, 'env.MODE', { service_id: 'plain', value: 'copied' })
      await visit.page.goto('/services/plain?tab=configuration&part=copy')
      await choose('tried', 'other')
      await visit.page.getByText(t('configuration.copy.canary_alone')).waitFor()
      expect(await canary().count()).toBe(0)
      await visit.page.goto('/services/plain?tab=configuration&part=copy')
      await choose('tried')
      await canary().locator('.el-switch').click()
      await button(t('configuration.copy.action', { count: 1 })).click()
      await visit.page.getByText(t('configuration.canary.passed')).waitFor()
      expect(await answer()).toContain('"copied"')
    },
    4 * minutes,
  )

  test(
    'a return to an earlier value is tried too, and what decides is told: no golden examples, or that the service does not run',
    async () => {
      await visit.page.goto('/services/plain?tab=configuration')
      await addVariable('A')
      await field('env.A').fill('1')
      await button(t('configuration.save.review')).click()
      await canary().getByText(t('configuration.canary.no_examples')).waitFor()
      await canary().locator('.el-switch').click()
      await button(t('configuration.save.action')).click()
      await visit.page.getByText(t('configuration.canary.passed')).waitFor()

      const { items } = await admin.get('/config/revisions?service_id=plain', revisions)
      await setConfig(admin, 'env.A', { service_id: 'plain', value: '2' })
      await visit.page.goto('/services/plain?tab=configuration&part=history')
      const first = visit.page.getByRole('listitem').filter({ hasText: `#${items[0]?.number}` })
      await first.getByRole('button', { name: t('configuration.history.return_all') }).click()
      await canary().locator('.el-switch').click()
      await visit.page.setViewportSize({ width: 390, height: 844 })
      await visit.screenshot('configuration-canary-390')
      await expectNoSidewaysScroll(visit.page)
      await button(t('configuration.history.confirm')).click()
      await visit.page.getByText(t('configuration.canary.passed')).waitFor()
      await visit.page.setViewportSize({ width: 1280, height: 800 })

      await admin.operate('stop', 'plain')
      await visit.page.goto('/services/plain?tab=configuration')
      await addVariable('B')
      await field('env.B').fill('1')
      await button(t('configuration.save.review')).click()
      await canary().getByText(t('configuration.canary.stopped')).waitFor()
      expect(await canary().locator('input').isDisabled()).toBe(true)

      // On a page that has been scrolled, the menu stays in place below a dialog.
      await visit.page.keyboard.press('Escape')
      await canary().waitFor({ state: 'hidden' })
      await visit.page.setViewportSize({ width: 1280, height: 420 })
      await visit.page.evaluate(() => scrollTo(0, 200))
      await expect.poll(() => visit.page.evaluate(() => scrollY)).toBe(200)
      await button(t('configuration.save.review')).click()
      await canary().waitFor()
      const menu = visit.page.locator('aside.side-nav')
      expect(await menu.evaluate((element) => element.getBoundingClientRect().top)).toBe(0)
    },
    4 * minutes,
  )
}
