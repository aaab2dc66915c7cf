/**
 * The language that a request names in its `Accept-Language` (RFC 9110, section 12.5.4): the one of ours with the
 * greatest weight, and the first of equal ones. Null if it names none of ours.
 */
export function namedLanguage(acceptLanguage: string | undefined): 'zh' | 'en' | null {
  let preferred: 'zh' | 'en' | null = null
  let greatest = 0
  for (const part of acceptLanguage?.toLowerCase().split(',') ?? []) {
    const [range = '', quality = ''] = part.trim().split(';')
    const language = range.trim().split('-')[0]
    if (language !== 'zh' && language !== 'en') continue
    const weight = quality.trim().startsWith('q=') ? Number(quality.trim().slice(2)) : 1
    if (weight > greatest) {
      preferred = language
      greatest = weight
    }
  }
  return preferred
}

/** The language of an answer of which only the request is known: the one that it names, and Chinese if it names none. */
export const preferredLanguage = (acceptLanguage: string | undefined): 'zh' | 'en' =>
  namedLanguage(acceptLanguage) ?? 'zh'
