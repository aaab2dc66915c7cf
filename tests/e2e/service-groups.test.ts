import { serviceGroup } from '@vitrine/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Locator } from 'playwright-core'
import { describeInBrowser, patienceMs, type Visit } from '../support/browser.ts'
import type { ApiClient } from '../support/api-client.ts'
import { expectAccessible } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
/**
 * Drags as a person does. The page knows what is dragged a moment after the drag has begun: on a busy machine that is after many
 * moves, so the target is reached when the page shows that it knows.
 */
async function drag({ page }: Visit, from: Locator, to: Locator): Promise<void> {
  await from.hover()
  await page.mouse.down()
  await to.hover({ position: { x: 6, y: 6 } })
  await page.locator('.dragging').waitFor()
  await to.hover()
  await page.mouse.up()
}
const algorithm = (name: string) => ({
  'ai_algorithm.py':
    'class Algorithm:\n    def predict(self, input_data, **parameters):\n        return input_data\n',
  'algorithm.yaml': `name: ${name}\ninput: { type: string }\n`,
})

describeInBrowser('many services, in a browser', () => {
  let bench: TestBench
  let t: Words
  let admin: ApiClient

  beforeAll(async () => {
    bench = await TestBench.open()
    t = await wordsOf('zh')
    admin = await bench.platform.admin()
    await Promise.all([
      admin.publish('plate', algorithm('车牌识别')),
      admin.publish('speech', algorithm('语音转写')),
      admin.publish('crowd', algorithm('人群计数')),
    ])
  }, 5 * minutes)
  afterAll(() => bench?.close(), 3 * minutes)

  const rowOf = ({ page }: Visit, id: string) => page.getByRole('row').filter({ hasText: `/ai/${id}/` })
  const makeGroup = async ({ page }: Visit, name: string, colour: string) => {
    await page.getByRole('button', { name: t('groups.new') }).click()
    const dialog = page.getByRole('dialog', { name: t('groups.new') })
    await dialog.getByLabel(t('groups.name')).fill(name)
    await dialog.getByTitle(t(`groups.colours.${colour}`)).click()
    await dialog.getByRole('button', { name: t('groups.create') }).click()
    await dialog.waitFor({ state: 'hidden' })
  }
  const chips = ({ page }: Visit) => page.getByRole('group', { name: t('groups.title') }).getByRole('button')
  /** Sections and services in reading order. */
  const order = ({ page }: Visit) =>
    page.getByRole('row').locator('.fold .name, td.name > a:first-child').allInnerTexts()

  test(
    'are put into groups by menu and by dragging, and groups are reordered by keyboard and by dragging',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/services')
      await rowOf(visit, 'plate').waitFor()
      await makeGroup(visit, '视觉', 'teal')
      await makeGroup(visit, '语音', 'amber')
      await expectAccessible(page)

      const tableTop = async () => (await page.getByRole('table').boundingBox())?.y
      const top = await tableTop()
      await rowOf(visit, 'plate')
        .getByRole('button', { name: t('services.more_named', { name: '车牌识别' }) })
        .click()
      await page.getByRole('menuitem', { name: t('groups.move_to') }).click()
      const dialog = page.getByRole('dialog', { name: t('groups.move_one', { name: '车牌识别' }) })
      await dialog.getByText('视觉').click()
      await dialog.getByRole('button', { name: t('groups.move'), exact: true }).click()
      await expect
        .poll(() => order(visit))
        .toEqual(['视觉', '车牌识别', '语音', '未分组', '人群计数', '语音转写'])

      // A move can be taken back.
      const notice = page.getByRole('status').filter({ hasText: t('groups.moved').replace('{n}', '1') })
      await notice.getByRole('button', { name: t('groups.move_back') }).click()
      await expect
        .poll(() => order(visit))
        .toEqual(['视觉', '语音', '未分组', '车牌识别', '人群计数', '语音转写'])
      await page.getByRole('button', { name: t('services.more_named', { name: '车牌识别' }) }).click()
      await page.getByRole('menuitem', { name: t('groups.move_to') }).click()
      await dialog.getByText('视觉').click()
      await dialog.getByRole('button', { name: t('groups.move'), exact: true }).click()
      await expect
        .poll(() => order(visit))
        .toEqual(['视觉', '车牌识别', '语音', '未分组', '人群计数', '语音转写'])

      // It comes when the move is stored, and moves no row.
      await notice.waitFor()
      await expect.poll(tableTop).toBe(top)
      await rowOf(visit, 'speech').hover()
      const empty = page.getByRole('row').filter({ hasText: t('groups.drop_here') })
      await drag(visit, rowOf(visit, 'speech').locator('.v-grip'), empty)
      await expect
        .poll(() => order(visit))
        .toEqual(['视觉', '车牌识别', '语音', '语音转写', '未分组', '人群计数'])
      await expect.poll(async () => (await admin.service('speech')).group_id).not.toBeNull()

      await chips(visit).filter({ hasText: '语音' }).press('Alt+ArrowLeft')
      await expect
        .poll(() => order(visit))
        .toEqual(['语音', '语音转写', '视觉', '车牌识别', '未分组', '人群计数'])
      await drag(visit, chips(visit).filter({ hasText: '视觉' }), chips(visit).filter({ hasText: '语音' }))
      await expect
        .poll(() => order(visit))
        .toEqual(['视觉', '车牌识别', '语音', '语音转写', '未分组', '人群计数'])

      await page.getByRole('button', { name: /^语音/, expanded: true }).click()
      await page.reload()
      await expect.poll(() => order(visit)).toEqual(['视觉', '车牌识别', '语音', '未分组', '人群计数'])
      await chips(visit).filter({ hasText: '视觉' }).click()
      await expect.poll(() => order(visit)).toEqual(['视觉', '车牌识别'])
      expect(new URL(page.url()).searchParams.get('group')).not.toBeNull()
      await visit.screenshot('services-groups')
      await visit.close()
    },
    3 * minutes,
  )

  test(
    'are stopped together after a confirmation, with progress, and started again by their group',
    async () => {
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/services')
      await page.getByRole('button', { name: t('services.more_named', { name: '人群计数' }) }).click()
      await page.getByRole('menuitem', { name: t('groups.move_to') }).click()
      const move = page.getByRole('dialog', { name: t('groups.move_one', { name: '人群计数' }) })
      await move.getByText('语音', { exact: true }).click()
      await move.getByRole('button', { name: t('groups.move'), exact: true }).click()
      const moveBack = page.getByRole('button', { name: t('groups.move_back'), exact: true })
      await moveBack.waitFor()
      await page.getByRole('checkbox', { name: t('services.select_all', { count: 3 }) }).click()
      await page.getByRole('button', { name: t('batch.action.stop'), exact: true }).click()
      const question = page.getByRole('dialog', { name: t('batch.confirm.stop').replace('{n}', '3') })
      await question.getByText('车牌识别').waitFor()
      // Services of one algorithm may have one name.
      await question.getByText('plate', { exact: true }).waitFor()
      await question.getByRole('button', { name: t('batch.action.stop') }).click()
      const progress = page.getByRole('region', { name: t('batch.over.stop') })
      await progress.getByText(t('batch.all_done').replace('{n}', '3')).waitFor()
      // What can be taken back now is the batch, and not the step before it.
      await moveBack.waitFor({ state: 'detached' })
      for (const id of ['plate', 'speech', 'crowd'])
        await rowOf(visit, id).getByText(t('state.process.STOPPED'), { exact: true }).waitFor()
      await visit.screenshot('services-batch-done')
      expect(new URL(page.url()).searchParams.get('batch')).not.toBeNull()
      await page.reload()
      // The task itself reports what it does, and for how many services.
      await progress.getByText(t('batch.all_done').replace('{n}', '3')).waitFor()
      await progress.getByRole('button', { name: t('batch.undo.start').replace('{n}', '3') }).click()
      const back = page.getByRole('region', { name: t('batch.over.start') })
      await back.getByText(t('batch.all_done').replace('{n}', '3')).waitFor()
      for (const id of ['plate', 'speech', 'crowd'])
        await rowOf(visit, id).getByText(t('state.health.READY'), { exact: true }).waitFor()
      await visit.screenshot('services-batch-undone')
      await back.getByRole('button', { name: t('batch.undo.stop').replace('{n}', '3') }).click()
      const again = page.getByRole('dialog', { name: t('batch.confirm.stop').replace('{n}', '3') })
      await again.getByRole('button', { name: t('batch.action.stop') }).click()
      await progress.getByText(t('batch.all_done').replace('{n}', '3')).waitFor()
      await page.getByRole('button', { name: t('batch.close') }).click()

      await page.getByRole('button', { name: t('groups.more', { name: '视觉' }) }).click()
      await page.getByRole('menuitem', { name: t('batch.all.start') }).click()
      await page
        .getByRole('dialog')
        .getByRole('button', { name: t('batch.action.start') })
        .click()
      await rowOf(visit, 'plate').getByText(t('state.health.READY'), { exact: true }).waitFor()
      await expect
        .poll(() => rowOf(visit, 'crowd').getByText(t('state.process.STOPPED'), { exact: true }).count())
        .toBe(1)
      await visit.close()
    },
    3 * minutes,
  )

  test(
    'have settings that are saved together: for a taken port the nearest free one is offered, and a task adds replicas',
    async () => {
      const visit = await bench.visitAs('admin')
      visit.expectAnswer(/^409 PATCH \/api\/v1\/services\/plate$/)
      const { page } = visit
      const taken = (await admin.service('speech')).front_port ?? 0
      await page.goto('/services/plate?tab=settings')
      await page.getByLabel(t('service_settings.name'), { exact: true }).fill('车牌识别二')
      await page.getByLabel(t('service_settings.replicas'), { exact: true }).fill('2')
      await page.getByLabel(t('service_settings.limit.memory'), { exact: true }).fill('500')
      const port = page.getByLabel(t('service_settings.port'), { exact: true })
      await port.fill(String(taken))
      await port.press('Tab')
      await page.getByRole('button', { name: t('service_settings.save'), exact: true }).click()
      const offer = page.getByRole('button', {
        name: new RegExp(t('service_settings.take_port', { port: '' }).trim()),
      })
      await visit.screenshot('service-settings-port-taken')
      await offer.click()
      await page
        .getByRole('status')
        .getByText(t('service_settings.adjusted'))
        .waitFor({ timeout: patienceMs })
      await visit.screenshot('service-settings-adjusted')
      const plate = await admin.service('plate')
      expect(plate).toMatchObject({ name: '车牌识别二', replicas: 2, limits: { memory_mb: 500 } })
      expect(plate.front_port).not.toBe(taken)
      await page.goto('/services/plate?tab=instances')
      await expect
        .poll(() => page.locator('tbody').getByText(t('state.health.READY'), { exact: true }).count(), {
          timeout: patienceMs,
        })
        .toBe(2)
      await visit.screenshot('service-instances')
      await visit.close()
    },
    3 * minutes,
  )

  test(
    'show no checkbox, menu or settings to people who may only look',
    async () => {
      await bench.platform.person('looker', 'viewer')
      const visit = await bench.visitAs('looker')
      const { page } = visit
      await page.goto('/services')
      await rowOf(visit, 'plate').waitFor()
      await expect.poll(() => page.getByRole('checkbox').count()).toBe(0)
      await expect.poll(() => page.getByRole('button', { name: t('groups.new') }).count()).toBe(0)
      await page.goto('/services/plate?tab=settings')
      await page.getByText(t('services.url'), { exact: true }).waitFor()
      await expect.poll(() => page.getByRole('link', { name: t('services.tab.settings') }).count()).toBe(0)
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'are operated by whom their group grants it, and their settings say who may do what and why',
    async () => {
      await bench.platform.person('operator', 'viewer')
      await bench.platform.person('heir', 'user')
      const group = await admin.post('/service-groups', serviceGroup, { name: '值班', colour: 'red' })
      await admin.change('crowd', { group_id: group.id })
      const visit = await bench.visitAs('admin', { width: 390 })
      const { page } = visit
      await page.goto('/services')
      await page.getByRole('button', { name: t('groups.more', { name: '值班' }) }).click()
      await page.getByRole('menuitem', { name: t('grants.open') }).click()
      const dialog = page.getByRole('dialog', { name: t('grants.title', { name: '值班' }) })
      await dialog.getByText(t('grants.none')).waitFor()
      // Whoever may see the list of people is offered their names.
      await expect.poll(() => dialog.locator('datalist option[value="operator"]').count()).toBe(1)
      await dialog.getByLabel(t('grants.username')).fill('operator')
      await dialog.getByLabel(t('grants.username')).press('Enter')
      const granted = dialog.getByRole('list', { name: t('grants.list') }).getByRole('listitem')
      await granted.filter({ hasText: 'operator' }).getByText(t('grants.levels.operate')).waitFor()
      await expectAccessible(page)
      await visit.screenshot('group-grants')

      const operator = await bench.visitAs('operator')
      await operator.page.goto('/services')
      const menuOf = (name: string) =>
        operator.page.getByRole('button', { name: t('services.more_named', { name }) })
      await menuOf('人群计数').waitFor()
      expect(await menuOf('语音转写').count()).toBe(0)
      await operator.close()

      await page.goto('/services/crowd?tab=settings')
      const rights = page.getByRole('listitem').filter({ hasText: 'operator' })
      await rights.getByText(t('grants.why.group')).waitFor()
      await page.getByRole('button', { name: t('grants.hand_over') }).click()
      const question = page.getByRole('dialog')
      await question.getByLabel(t('grants.new_owner')).fill('heir')
      await question.getByRole('button', { name: t('grants.hand_over_now') }).click()
      const owner = page.getByRole('listitem').filter({ hasText: t('grants.why.owner') })
      await owner.getByText('heir').waitFor()
      await expectAccessible(page)
      await visit.screenshot('service-access')
      await visit.close()
    },
    3 * minutes,
  )
})
