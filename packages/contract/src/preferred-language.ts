/**
 * The language of an answer, by the request's `Accept-Language` (RFC 9110, section 12.5.4): the one of ours with
 * the greatest weight, the first of equal ones, and Chinese if there is none.
 */
export function preferredLanguage(acceptLanguage: string | undefined): 'zh' | 'en' {
  let preferred: 'zh' | 'en' = 'zh'
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
