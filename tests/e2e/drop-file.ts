import type { Locator, Page } from 'playwright-core'

/** Drags a file from outside the browser over an element and drops it, as a person does. */
export async function dropOn(page: Page, target: Locator, file: string): Promise<void> {
  const box = await target.boundingBox()
  if (box === null) throw new Error('the target is not visible')
  const devtools = await page.context().newCDPSession(page)
  const [x, y] = [box.x + box.width / 2, box.y + Math.min(box.height / 2, 300)]
  const data = { items: [], files: [file], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await devtools.send('Input.dispatchDragEvent', { type, x, y, data })
  await devtools.detach()
}
