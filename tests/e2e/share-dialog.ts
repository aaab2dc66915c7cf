import type { Locator } from 'playwright-core'
import type { Visit } from '../support/browser.ts'
import type { Words } from './words.ts'

/** Opens the stage of an example, and on it the dialog that makes a link to it. `t` are the words of the visit's language. */
export async function openShareDialog({ page }: Visit, t: Words): Promise<Locator> {
  await page.goto('/stage/text-classify')
  await page
    .getByRole('button', { name: t('shares.share'), exact: true })
    .first()
    .click()
  return page.getByRole('dialog')
}
