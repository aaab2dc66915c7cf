import { safeReturn } from './safe-return.ts'

const key = 'vitrine.oidc.return'
const proofKey = 'vitrine.oidc.proof'

/**
 * Keeps what the page needs when another server has signed a person in: the page to open, and the proof that this site began it. The
 * proof is for all tabs, as the cookie is, because that server may send the person to another one.
 */
export function keepForReturn(wanted: unknown, proof: string): void {
  sessionStorage.setItem(key, safeReturn(wanted) ?? '')
  localStorage.setItem(proofKey, proof)
}

/** The page to open then, if one was asked for. It is checked again, because a person may have edited the storage. */
export function takeReturn(): string | null {
  const kept = sessionStorage.getItem(key)
  sessionStorage.removeItem(key)
  return safeReturn(kept)
}

/** The proof that this site began the sign-in; empty if it did not. */
export function takeProof(): string {
  const kept = localStorage.getItem(proofKey)
  localStorage.removeItem(proofKey)
  return kept ?? ''
}
