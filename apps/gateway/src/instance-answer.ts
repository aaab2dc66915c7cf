import { publicAddressAdditions, publicAddressHeaders, siteWideHeaders } from '@vitrine/contract'
import { setsOurCookie } from './cookies.ts'

/**
 * Where an answer comes from: the control plane, or an instance below the public address or at a front port.
 */
export type AnswerSource = 'control' | 'public' | 'front'

const onFront = new Set<string>(siteWideHeaders)
const onPublic = new Set<string>([...siteWideHeaders, ...publicAddressHeaders])
/** Few header names have one of these lengths, so most need not be converted to lower case. */
const lengths = new Set([...onPublic].map((name) => name.length))
const additions = Object.entries(publicAddressAdditions).flat()

function isPassed(name: string, value: string, source: AnswerSource): boolean {
  if (!lengths.has(name.length)) return true
  const lower = name.toLowerCase()
  if (source === 'public') return !onPublic.has(lower)
  return !onFront.has(lower) && !(lower === 'set-cookie' && setsOurCookie(value))
}

/**
 * Changes the headers of an answer (names and values in turn) so that an instance can affect only its own address.
 * Headers that affect more are removed, and a document below the public address gets its own origin. Answers of the
 * control plane are not changed.
 */
export function confineAnswer(headers: string[], source: AnswerSource): void {
  if (source === 'control') return
  let kept = 0
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? ''
    const value = headers[i + 1] ?? ''
    if (!isPassed(name, value, source)) continue
    headers[kept++] = name
    headers[kept++] = value
  }
  headers.length = kept
  if (source === 'public') headers.push(...additions)
}
