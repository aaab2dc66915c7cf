import type { Locator } from 'playwright-core'
import type { Visit } from '../support/browser.ts'
import type { Words } from './words.ts'

/**
 * Clicks the button of a reading that has failed, after `mend`. Pages also read again from time to time: a reading that succeeds
 * between the two takes the button away, and nothing is left to click.
 */
export async function tryAgain(button: Locator, mend: () => void): Promise<void> {
  const shown = await button.elementHandle()
  mend()
  await shown?.dispatchEvent('click')
}

/**
 * Opens a page whose reading of `address` takes long and then fails. It shows placeholders, then an error with a way to try again,
 * after which the reading succeeds. `name` begins the names of the pictures.
 */
export async function loadFailAndTryAgain(
  visit: Visit,
  { path, address, name, t }: { path: string; address: string; name: string; t: Words },
): Promise<void> {
  const { page } = visit
  let answer = (): void => undefined
  const isAwaited = new Promise<void>((resolve) => {
    answer = resolve
  })
  let isBroken = true
  await page.route(address, async (route) => {
    if (!isBroken) return route.continue()
    await isAwaited
    const error = { code: 'internal', message: '内部错误', details: {}, request_id: 'r-1' }
    await route.fulfill({ status: 500, json: { error } })
  })
  await page.goto(path)
  await page.locator('.skeleton').waitFor()
  await visit.screenshot(`${name}-loading`)
  answer()
  const alert = page.getByRole('alert')
  await alert.waitFor()
  await visit.screenshot(`${name}-error`)
  await tryAgain(alert.getByRole('button', { name: t('error.retry') }), () => (isBroken = false))
}
