import type { Locator } from 'playwright-core'

/**
 * Clicks the button of a reading that has failed, after `mend`. Pages also read again from time to time: a reading that succeeds
 * between the two takes the button away, and nothing is left to click.
 */
export async function tryAgain(button: Locator, mend: () => void): Promise<void> {
  const shown = await button.elementHandle()
  mend()
  await shown?.dispatchEvent('click')
}
