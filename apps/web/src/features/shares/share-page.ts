/**
 * Makes a link, and only then opens the page behind it, if `open` is given: a link to a closed page only says so, but a page
 * that was opened for a link that could not be made would stay open. Resolves with the link, and with why the page could
 * not be opened. Throws what `make` throws.
 */
export async function linkThenOpen<Link>(
  make: () => Promise<Link>,
  open: (() => Promise<void>) | null,
): Promise<{ link: Link; notOpened: Error | null }> {
  const link = await make()
  try {
    await open?.()
    return { link, notOpened: null }
  } catch (error) {
    return { link, notOpened: error instanceof Error ? error : new Error(String(error)) }
  }
}
