import { safeReturn } from './safe-return.ts'

const key = 'vitrine.oidc.return'

/** Keeps the page to open when another server has signed a person in. */
export const keepReturn = (wanted: unknown): void => sessionStorage.setItem(key, safeReturn(wanted) ?? '')

/** The page to open then, if one was asked for. It is checked again, because a person may have edited the storage. */
export function takeReturn(): string | null {
  const kept = sessionStorage.getItem(key)
  sessionStorage.removeItem(key)
  return safeReturn(kept)
}
