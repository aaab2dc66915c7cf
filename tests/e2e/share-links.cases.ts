import { beforeAll, expect, test } from 'vitest'
import { shareEndpoints } from '@vitrine/contract'
import { expectAccessible, expectNoSidewaysScroll } from './page-checks.ts'
import type { InBench } from './shared-bench.ts'
import type { TestBench } from './test-bench.ts'
import { openShareDialog } from './share-dialog.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

/** Share links that are found again. */
export function shareLinkCases(world: InBench): void {
  let bench: TestBench
  let t: Words

  beforeAll(async () => {
    bench = world()
    t = await wordsOf('zh')
  }, 4 * minutes)

  const make = async (body: object) => {
    const admin = await bench.platform.admin()
    const stage = { kind: 'stage', target_id: 'text-classify' }
    return admin.post('/shares', shareEndpoints['POST /shares'].response, { ...stage, ...body })
  }
  /** The title that a customer sees at an address. Null if the link does not open. */
  const titleAt = async (url: string) => {
    const customer = await bench.visitAsNobody({ width: 390 })
    customer.expectAnswer(/^40\d GET \/api\/v1\/public\/shares\//)
    await customer.page.goto(new URL(url).pathname)
    const heading = customer.page.getByRole('heading').first()
    await heading.waitFor()
    const title = await heading.innerText()
    await customer.close()
    return title
  }

  test(
    'a link is found by its title and changed at its address',
    async () => {
      const expires_at = new Date(Date.now() + 3_600_000).toISOString()
      const made = await make({ title: '给张三看', password: 'open sesame', expires_at })
      await make({ title: '给李四看' })
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/shares')
      await page.getByRole('row').filter({ hasText: '给李四看' }).waitFor()
      await page.getByRole('textbox', { name: t('shares.search') }).fill('张三')
      await page.getByRole('row').filter({ hasText: '给李四看' }).waitFor({ state: 'detached' })
      await expectAccessible(page)
      await expectNoSidewaysScroll(page)
      await visit.screenshot('share-links')
      await page.getByRole('button', { name: t('shares.edit_title', { title: '给张三看' }) }).click()
      const dialog = page.getByRole('dialog')
      const save = dialog.getByRole('button', { name: t('shares.save'), exact: true })
      await save.and(page.locator(':disabled')).waitFor()
      await dialog.getByRole('textbox', { name: t('shares.field.title'), exact: true }).fill('给张三再看')
      await dialog.getByText(t('shares.no_end'), { exact: true }).first().click()
      await dialog.getByText(t('shares.password_none'), { exact: true }).click()
      await expectAccessible(page)
      await visit.screenshot('share-link-edit')
      await save.click()
      await dialog.waitFor({ state: 'hidden' })
      await page.getByRole('row').filter({ hasText: '给张三再看' }).getByText(t('shares.no_end')).waitFor()
      expect(await titleAt(made.url)).toBe('给张三再看')
      await visit.close()
    },
    3 * minutes,
  )

  test(
    'a link whose address is lost gets a new one, on the page of its service',
    async () => {
      const made = await make({ title: '地址丢了' })
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/services/text-classify?tab=shares')
      await page.getByRole('button', { name: t('shares.address_title', { title: '地址丢了' }) }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText(t('shares.address_means')).waitFor()
      await dialog.getByRole('button', { name: t('shares.address_new') }).click()
      const renewed = await dialog.getByTestId('share-url').innerText()
      await expectAccessible(page)
      await visit.screenshot('share-link-address')
      expect(await titleAt(renewed)).toBe('地址丢了')
      expect(await titleAt(made.url)).toBe(t('public.end.not_found'))
      await visit.close()
    },
    3 * minutes,
  )

  test(
    'who shares something again is told of the links to it, and finds them',
    async () => {
      await make({ title: '早先的链接' })
      const visit = await bench.visitAs('admin')
      const { page } = visit
      const dialog = await openShareDialog(visit, t)
      await dialog.getByRole('link', { name: t('shares.see_earlier') }).click()
      await page.waitForURL(/\/shares\?target=text-classify$/)
      await page.getByRole('row').filter({ hasText: '早先的链接' }).waitFor()
      await visit.close()
    },
    3 * minutes,
  )
}
