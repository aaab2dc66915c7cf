import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInBrowser, openBrowser, type Look, type TestBrowser } from '../support/browser.ts'
import { MockApi } from '../support/mock-api.ts'
import { nodesCases } from './nodes.cases.ts'
import { expectAccessibleInEachTheme, expectNoSidewaysScroll } from './page-checks.ts'
import { hide, openTable, rowsIn, settle } from './services-table.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const count = 200
const runs = { status: 'RUNNING', health: 'READY', asleep: false, reason: null } as const

describeInBrowser(`the table of ${count} services`, () => {
  let browser: TestBrowser
  let mockApi: MockApi
  let t: Words

  beforeAll(async () => {
    t = await wordsOf('zh')
    browser = await openBrowser()
    mockApi = await MockApi.open(count)
  }, 4 * minutes)
  afterAll(async () => {
    await browser?.close()
    await mockApi?.close()
  })

  const open = (look?: Look) => openTable(browser, mockApi, look)

  test(
    'reads only the one service that changed, not the list',
    async () => {
      const visit = await open()
      const { page } = visit
      await page.getByRole('textbox', { name: t('services.search') }).fill('service-007')
      await expect.poll(() => page.locator('.service-row').count()).toBe(1)
      const readsOf = (path: string) => mockApi.asked.get(`GET /api/v1/services${path}`) ?? 0
      // The regular reading of the list would also show the change.
      await hide(visit)
      await settle(visit, mockApi)
      const one = '?ids=service-007&page_size=100'
      const before = { all: readsOf(''), one: readsOf(one) }
      const reason = '退出码 137：因内存超限被结束，限制是 512 MB'
      mockApi.change(['service-007'], { status: 'FATAL', health: 'UNKNOWN', reason })
      await expect.poll(() => rowsIn(visit, 'FATAL'), { interval: 10 }).toBe(1)
      expect([readsOf(one) - before.one, readsOf('') - before.all]).toEqual([1, 0])
      await page.locator('.service-row .badge').hover()
      await page.getByRole('tooltip').filter({ hasText: reason }).waitFor()
      await visit.screenshot('services-reason')
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'counts a service with one broken instance among those that need attention, and shows which one and why',
    async () => {
      const visit = await open()
      const { page } = visit
      const partly = mockApi.services.find(({ instances }) => instances.length === 3)
      if (partly === undefined) throw new Error('no service has three instances')
      const [first, ...rest] = partly.instances
      if (first === undefined) throw new Error('no instance runs')
      const reason = '/health 返回 500'
      // Another test may have stopped it.
      const instances = [{ ...first, health: 'UNHEALTHY' as const, reason }, ...rest]
      mockApi.change([partly.id], { ...runs, instances })
      await page.getByRole('textbox', { name: t('services.search') }).fill(partly.id)
      await page
        .getByRole('button', { name: new RegExp(`^${t('services.group.attention')}\\s*1$`) })
        .waitFor()
      const row = page.locator('.service-row')
      await row
        .locator('.badge')
        .filter({ hasText: t('state.partly') })
        .waitFor()
      await row
        .locator('.reason')
        .filter({ hasText: t('services.failing', { number: 1, reason }) })
        .waitFor()
      await row.getByRole('link', { name: partly.name }).click()
      const trouble = page.getByRole('region', { name: t('trouble.title') })
      await trouble.getByText(`${t('services.instance_number', { number: 1 })} · ${reason}`).waitFor()
      await visit.screenshot('service-partly')
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'leads to a service whose front port another program has: who has it, and a button that takes the nearest free one',
    async () => {
      const visit = await open()
      const { page } = visit
      const taken = { port: 8020, holder: { pid: 4711, command: 'nginx: master' }, nearest_free: 8400 }
      mockApi.change(['service-019'], { ...runs, front_port: taken.port, front_port_taken: taken })
      await page.getByRole('textbox', { name: t('services.search') }).fill('service-019')
      await page.locator('.service-row .name a').click()
      const notice = page.getByRole('region', { name: t('trouble.front.title', { port: 8020 }) })
      await notice
        .getByRole('heading', { name: t('trouble.front.title_by', { port: 8020, ...taken.holder }) })
        .waitFor()
      await notice.getByText(t('trouble.front.text', { path: '/ai/service-019/' })).waitFor()
      await expectAccessibleInEachTheme(visit, (theme) => visit.screenshot(`service-front-taken-${theme}`))
      await notice.getByRole('button', { name: t('trouble.front.take', { port: 8400 }) }).click()
      await notice.waitFor({ state: 'detached' })
      await page.getByText(t('trouble.front.took', { port: 8400 })).waitFor()
      expect(mockApi.sent.at(-1)).toEqual({
        method: 'PATCH',
        path: '/api/v1/services/service-019',
        body: '{"port":8400}',
      })
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'selects a range with Shift and all that match, and the confirmation names how many and which',
    async () => {
      const visit = await open()
      const { page } = visit
      const box = (place: number) => page.locator('.service-row input[type=checkbox]').nth(place)
      await box(0).click()
      await box(4).click({ modifiers: ['Shift'] })
      await page.getByText(t('batch.selected', { count: 5 }), { exact: true }).waitFor()
      await page.getByRole('textbox', { name: t('services.search') }).fill('车牌识别')
      const matching = mockApi.services.filter(({ name }) => name.includes('车牌识别')).length
      await page.getByRole('checkbox', { name: t('services.select_all', { count: matching }) }).click()
      await page.getByText(t('batch.selected', { count: matching }), { exact: true }).waitFor()
      await page.getByRole('button', { name: t('batch.action.deploy'), exact: true }).click()
      const dialog = page.getByRole('dialog', {
        name: t('batch.confirm.deploy').replace('{n}', String(matching)),
      })
      await expect.poll(() => dialog.getByRole('listitem').count()).toBe(matching)
      await visit.screenshot('services-batch-question')
      await page.keyboard.press('Escape')
      expect(new URL(page.url()).searchParams.get('q')).toBe('车牌识别')
      await visit.close()
    },
    2 * minutes,
  )

  nodesCases(() => ({ browser, mockApi }))

  test.each([1280, 390])(
    'has no serious barrier and does not scroll sideways (%i px)',
    async (width) => {
      const visit = await open({ width })
      for (const path of ['/services', '/services/service-070', '/ports', '/host', '/nodes']) {
        await visit.page.goto(path)
        await visit.page.getByText('service-070').or(visit.page.locator('main .v-num')).first().waitFor()
        await expectNoSidewaysScroll(visit.page)
        await expectAccessibleInEachTheme(visit, (theme) =>
          visit.screenshot(`many${path.replaceAll('/', '-')}-${theme}-${width}`),
        )
      }
      for (const tab of ['instances', 'releases', 'settings']) {
        await visit.page.goto(`/services/service-070?tab=${tab}`)
        await visit.page.locator('.tabs [aria-current]', { hasText: t(`services.tab.${tab}`) }).waitFor()
        await expectNoSidewaysScroll(visit.page)
        await expectAccessibleInEachTheme(visit, (theme) =>
          visit.screenshot(`many-service-${tab}-${theme}-${width}`),
        )
      }
      await visit.close()
    },
    6 * minutes,
  )
})
