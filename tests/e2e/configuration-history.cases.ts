import { afterAll, beforeAll, expect, test } from 'vitest'
import { configEndpoints } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import { type Visit } from '../support/browser.ts'
import { expectAccessible } from './page-checks.ts'
import type { InBench } from './shared-bench.ts'
import type { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const changed = configEndpoints['POST /config/{key}'].response
const values = configEndpoints['GET /config'].response

/** The history of the configuration. */
export function configurationHistoryCases(world: InBench): void {
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

  test(
    'any two changes in the history are compared',
    async () => {
      const set = async (value: string) =>
        (await admin.post('/config/custom.compared', changed, { value })).revision
      const revisions = [await set('one side'), await set('in between'), await set('other side')]
      await visit.page.goto('/configuration?tab=history')
      const of = (number: number | null | undefined) =>
        visit.page
          .getByRole('listitem')
          .filter({ has: visit.page.getByText(`#${number}`, { exact: true }) })
          .getByRole('button', { name: t('configuration.history.compare'), exact: true })
      await of(revisions[2]).click()
      await visit.page.getByRole('status').getByText(`${revisions[2]}`).waitFor()
      await of(revisions[0]).click()
      const dialog = visit.page.getByRole('dialog')
      await dialog.getByText('other side').waitFor()
      expect(await dialog.getByText('one side').count()).toBe(1)
      expect(await dialog.getByText('in between').count()).toBe(0)
      await expectAccessible(visit.page)
    },
    3 * minutes,
  )

  test(
    'the newest change of a key is undone, and earlier ones can be returned to',
    async () => {
      const set = async (value: string) =>
        (await admin.post('/config/custom.undone', changed, { value })).revision
      const revisions = [await set('wanted'), await set('a mistake')]
      await visit.page.goto('/configuration?tab=history&key=custom.undone')
      const button = (number: number | null | undefined, name: string) =>
        visit.page
          .getByRole('listitem')
          .filter({ has: visit.page.getByText(`#${number}`, { exact: true }) })
          .getByRole('button', { name: t(`configuration.history.${name}`), exact: true })
      await button(revisions[0], 'return_one').waitFor()
      expect(await button(revisions[1], 'return_one').count()).toBe(0)
      await button(revisions[1], 'undo_one').click()
      const undo = t('configuration.history.undo_one')
      await visit.page.getByRole('dialog').getByRole('button', { name: undo, exact: true }).click()
      const reason = t('configuration.history.undo_reason', { number: revisions[1] ?? 0 })
      await visit.page.getByText(reason, { exact: true }).waitFor()
      const { items } = await admin.get('/config?page_size=500', values)
      expect(items.find(({ key }) => key === 'custom.undone')?.value).toBe('wanted')
    },
    3 * minutes,
  )
}
