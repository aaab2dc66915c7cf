import { afterAll, beforeAll, expect, test } from 'vitest'
import { configEndpoints, configKeys } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import { told } from '../platform/packages.ts'
import type { Visit } from '../support/browser.ts'
import { expectAccessible, expectNoSidewaysScroll } from './page-checks.ts'
import type { InBench } from './shared-bench.ts'
import type { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const changed = configEndpoints['POST /config/{key}'].response
const found = configEndpoints['GET /config/{key}'].response

/** The configuration, of the platform and of services. */
export function configurationCases(world: InBench): void {
  let bench: TestBench
  let admin: ApiClient
  let t: Words
  let visit: Visit

  beforeAll(async () => {
    bench = world()
    admin = await bench.platform.admin()
    t = await wordsOf('zh')
    visit = await bench.visitAs('admin')
  }, 5 * minutes)
  afterAll(async () => {
    await visit?.close()
  }, 3 * minutes)

  const button = (name: string) => visit.page.getByRole('button', { name, exact: true })
  /** The head of a key's row, which opens it. */
  const row = (key: string) => visit.page.locator('button[aria-expanded]', { hasText: key })
  /** The field of a key whose row is open. */
  const field = (key: string) => visit.page.getByLabel(key, { exact: true })
  const valueOf = async (key: string) => (await admin.get(`/config/${key}`, found)).value
  /** Reviews what was entered, gives a reason, and saves. */
  const save = async (reason: string) => {
    await button(t('configuration.save.review')).click()
    await visit.page.locator('input[name="reason"]').fill(reason)
    await button(t('configuration.save.action')).click()
  }
  /** A click that asks whether to leave unsaved values, and stays. */
  const stay = async (click: () => Promise<void>) => {
    const asked = visit.page.waitForEvent('dialog')
    // The click ends only when the question is answered.
    const answered = asked.then(async (dialog) => {
      await dialog.dismiss()
      return dialog.message()
    })
    const [message] = await Promise.all([answered, click()])
    expect(message).toBe(t('configuration.leave'))
  }
  /** The unsaved values are gone once the page shows what was saved. */
  const saved = () => button(t('configuration.save.review')).waitFor({ state: 'detached' })

  test(
    'a value of the platform is changed with a reason, stands in the history, and returns to what it was',
    async () => {
      const { revision } = await admin.post('/config/runs.keep_days', changed, { value: 45, reason: 'first' })
      await visit.page.goto('/configuration')
      await row('runs.keep_days').click()
      await field('runs.keep_days').fill('0')
      await expect.poll(() => button(t('configuration.save.review')).isDisabled()).toBe(true)
      await field('runs.keep_days').fill('30')
      await visit.screenshot('configuration-1280', { fullPage: true })
      await expectAccessible(visit.page)
      const tabs = visit.page.getByRole('navigation', { name: t('configuration.title'), exact: true })
      await stay(() => tabs.getByRole('link', { name: t('configuration.tab.history'), exact: true }).click())
      await expect.poll(() => field('runs.keep_days').inputValue()).toBe('30')
      await save('the disk is small')
      await saved()
      expect(await valueOf('runs.keep_days')).toBe(30)

      await row('runs.keep_days').click()
      await button(t('configuration.of_key')).click()
      await visit.page.getByText('the disk is small').waitFor()
      await visit.screenshot('configuration-history-1280')
      const first = visit.page.getByRole('listitem').filter({ hasText: `#${revision}` })
      await first.getByRole('button', { name: t('configuration.history.return_one') }).click()
      await button(t('configuration.history.confirm')).click()
      const returned = t('configuration.history.reason', { number: revision ?? 0 })
      await visit.page.getByRole('listitem').getByText(returned, { exact: true }).waitFor()
      expect(await valueOf('runs.keep_days')).toBe(45)
    },
    3 * minutes,
  )

  test(
    'a value that somebody else has changed meanwhile is not written over: both are shown, and one is chosen',
    async () => {
      await visit.page.goto('/configuration')
      await row('runs.keep_per_service').click()
      await field('runs.keep_per_service').fill('200')
      await admin.post('/config/runs.keep_per_service', changed, { value: 300 })
      visit.expectAnswer(/^409 POST \/api\/v1\/config$/)
      await save('mine')
      await visit.page.getByRole('alert').getByText('300').waitFor()
      await visit.screenshot('configuration-conflict-1280')
      await button(t('configuration.conflict.keep_mine')).click()
      await button(t('configuration.save.action')).click()
      await saved()
      expect(await valueOf('runs.keep_per_service')).toBe(200)
    },
    2 * minutes,
  )

  test(
    'changes wait in a draft, are looked at beside what holds now, and are published together',
    async () => {
      await admin.post('/config/runs.keep_days', changed, { value: 45 })
      await visit.page.goto('/configuration')
      await row('runs.keep_days').click()
      await field('runs.keep_days').fill('60')
      await row('logs.backups').click()
      await field('logs.backups').fill('7')
      await button(t('configuration.draft.save')).click()
      await button(t('configuration.draft.review')).waitFor()
      await saved()
      expect(await valueOf('runs.keep_days')).toBe(45)
      await visit.screenshot('configuration-draft-1280')
      // Somebody else changes the value, so its author chooses before anything is published.
      await admin.post('/config/runs.keep_days', changed, { value: 50 })
      await visit.page.reload()
      await button(t('configuration.draft.review')).click()
      await visit.page.getByText(t('configuration.draft.conflict')).waitFor()
      // Nobody has set this one: what it replaces is the default.
      const line = visit.page.getByRole('dialog').getByRole('listitem').filter({ hasText: 'logs.backups' })
      await line.getByText(String(configKeys['logs.backups'].fallback), { exact: true }).waitFor()
      await visit.screenshot('configuration-draft-review-1280')
      await expectAccessible(visit.page)
      await button(t('configuration.conflict.keep_mine')).click()
      await visit.page.locator('input[name="publish-reason"]').fill('the disk is larger')
      await button(t('configuration.draft.publish')).click()
      await button(t('configuration.draft.review')).waitFor({ state: 'detached' })
      expect(await valueOf('runs.keep_days')).toBe(60)
    },
    2 * minutes,
  )

  test(
    'keys of one’s own are added and removed, and all values are imported after a look at what would change',
    async () => {
      await visit.page.goto('/configuration')
      await button(t('configuration.add')).click()
      await visit.page.getByText(t('configuration.new.kinds.custom')).click()
      await visit.page.locator('input[name="config-name"]').fill('contact')
      await button(t('configuration.new.next')).click()
      await field('custom.contact').fill('ops@example.com')
      await save('who to ask')
      await saved()
      expect(await valueOf('custom.contact')).toBe('ops@example.com')
      await visit.page.goto('/configuration?tab=transfer')
      await field(t('configuration.transfer.yaml')).fill(
        'vitrine_config: 1\nvalues:\n  custom.contact: help@example.com\n',
      )
      await button(t('configuration.transfer.check')).click()
      await visit.page.getByText('help@example.com', { exact: true }).waitFor()
      await visit.screenshot('configuration-import-1280')
      await button(t('configuration.transfer.do_import')).click()
      await visit.page.getByText('help@example.com', { exact: true }).waitFor({ state: 'detached' })
      expect(await valueOf('custom.contact')).toBe('help@example.com')
      await visit.page.goto('/configuration')
      await row('custom.contact').click()
      await button(t('configuration.remove')).click()
      await save('nobody reads it')
      await row('custom.contact').waitFor({ state: 'detached' })
    },
    2 * minutes,
  )

  test(
    'a deploy without the variables that its package declares asks for them',
    async () => {
      await admin.upload(told, { algorithm_id: 'told' })
      // The form asks whether there is a service with this ID.
      visit.expectAnswer(/^404 GET \/api\/v1\/services\/told$/)
      visit.expectAnswer(/^422 POST \/api\/v1\/services\/deploy$/)
      await visit.page.goto('/deploy?algorithm=told')
      await button(t('deploy.options.action')).click()
      await visit.page.locator('[name="variable-GREETING"]').fill('hello')
      await visit.screenshot('deploy-variables-1280')
      await expectAccessible(visit.page)
      await visit.page.locator('[name="variable-MODEL_TOKEN"]').fill('abc')
      await button(t('deploy.options.action')).click()
      await visit.page.waitForURL(/\/deploy\/tasks\//)
      const task = await admin.taskEnd(visit.page.url().split('/').at(-1) ?? '')
      expect(task.state).toBe('succeeded')
      expect(await answerOf('GREETING')).toContain('hello')
    },
    4 * minutes,
  )

  test(
    'the name that administrators give the platform stands in its pages when they are loaded again',
    async () => {
      await admin.post('/config/app.name', changed, { value: 'Vision team' })
      await visit.page.goto('/configuration')
      await visit.page.getByRole('link', { name: 'Vision team', exact: true }).first().waitFor()
      await expect.poll(() => visit.page.title()).toBe(`${t('configuration.title')} · Vision team`)
      await admin.request('DELETE', '/config/app.name')
      await visit.page.reload()
      await expect.poll(() => visit.page.title()).toBe(`${t('configuration.title')} · ${t('app.title')}`)
    },
    3 * minutes,
  )

  const answerOf = async (name: string) => (await admin.predict('told', [name])).text()
  const isApplied = () => visit.page.getByText(t('configuration.applied')).waitFor()

  test(
    'a variable and a secret of a service are set on its page, and the service answers with them',
    async () => {
      await visit.page.goto('/services/told?tab=configuration')
      await row('env.GREETING').click()
      await field('env.GREETING').fill('good day')
      await row('env.MODEL_TOKEN').click()
      const token = visit.page.getByRole('listitem').filter({ hasText: 'env.MODEL_TOKEN' })
      await token.getByText(t('configuration.secret'), { exact: true }).click()
      await field('env.MODEL_TOKEN').fill('planted-secret-72')
      await visit.screenshot('configuration-service-1280', { fullPage: true })
      await expectAccessible(visit.page)
      await save('more polite')
      await isApplied()
      expect(await answerOf('GREETING')).toContain('good day')
      expect(await answerOf('MODEL_TOKEN')).toContain('planted-secret-72')
      await visit.page.reload()
      await row('env.MODEL_TOKEN').getByText(t('configuration.secret_set')).waitFor()
      expect(await visit.page.content()).not.toContain('planted-secret-72')
      await row('env.GREETING').click()
      await button(t('configuration.of_key')).click()
      await visit.page.getByText('more polite').waitFor()
      expect(new URL(visit.page.url()).searchParams.get('key')).toBe('env.GREETING')
    },
    3 * minutes,
  )

  test(
    'values of a service are copied to another one after a look at what would change there',
    async () => {
      const env = { GREETING: 'hi', MODEL_TOKEN: 'of the other' }
      await admin.deploy('told', { service_id: 'told-two', service_config: { env } })
      await visit.page.goto('/services/told?tab=configuration&part=copy')
      await visit.page.getByText(t('configuration.copy.choose'), { exact: true }).click()
      await visit.page.getByRole('option', { name: 'told-two' }).click()
      await visit.page.keyboard.press('Escape')
      await visit.page.getByText('hi', { exact: true }).waitFor()
      await visit.page.getByText(t('configuration.secret_changed')).waitFor()
      await visit.screenshot('configuration-copy-1280', { fullPage: true })
      await expectAccessible(visit.page)
      await visit.resize(390)
      await expectNoSidewaysScroll(visit.page)
      await visit.screenshot('configuration-copy-390', { fullPage: true })
      await visit.resize(1280)
      await visit.page.getByText('env.MODEL_TOKEN', { exact: true }).click()
      await button(t('configuration.copy.action', { count: 1 })).click()
      await visit.page.getByText(t('configuration.copy.done')).waitFor()
      await visit.screenshot('configuration-copied-1280', { fullPage: true })
      const copied = await admin.get('/config/env.GREETING?service_id=told-two', found)
      expect(copied.value).toBe('good day')
    },
    3 * minutes,
  )

  test(
    'instances with earlier values are told, and have the new ones after a click',
    async () => {
      await admin.post('/config/env.EVERYWHERE', changed, { value: 'seven' })
      await visit.page.goto('/services/told?tab=configuration')
      await button(t('configuration.apply')).click()
      await isApplied()
      expect(await answerOf('EVERYWHERE')).toContain('seven')
      await button(t('configuration.apply')).waitFor({ state: 'detached' })
    },
    3 * minutes,
  )

  test(
    'it is readable on a phone, in both themes and both languages',
    async () => {
      for (const path of ['/configuration', '/services/told?tab=configuration']) {
        await visit.page.goto(path)
        for (const language of ['zh', 'en'] as const) {
          await visit.lookAs({ language, theme: language === 'zh' ? 'light' : 'dark', width: 390 })
          const words = await wordsOf(language)
          const key = path === '/configuration' ? 'runs.keep_days' : 'env.GREETING'
          await row(key).click()
          await visit.page.getByText(words('configuration.why')).waitFor()
          await expectNoSidewaysScroll(visit.page)
          await expectAccessible(visit.page)
          const name = path === '/configuration' ? 'platform' : 'service'
          await visit.screenshot(`configuration-${name}-390-${language}`, { fullPage: true })
        }
      }
    },
    3 * minutes,
  )
}
