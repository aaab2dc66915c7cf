import type { IncomingHttpHeaders } from 'node:http'
import type { Language } from './problem.ts'

/** The few request headers that matter to the runtime. */
export type RequestHeaders = { language: Language; prefix: string; respondAsync: boolean; events: boolean }

const prefixForm = /^(?:\/[A-Za-z0-9._~-]+)+\/?$/

/** `zh` or `en` by weight; `zh` where neither is asked for. */
function preferredLanguage(header: string): Language {
  let best: Language = 'zh'
  let weight = 0
  for (const entry of header.split(',')) {
    const [tag = '', parameter = ''] = entry.split(';').map((part) => part.trim())
    const language = tag.split('-')[0]?.toLowerCase()
    const quality = parameter.startsWith('q=') ? Number(parameter.slice(2)) : 1
    if ((language === 'zh' || language === 'en') && quality > weight) {
      best = language
      weight = quality
    }
  }
  return best
}

/** Reads them. */
export function readHeaders(headers: IncomingHttpHeaders): RequestHeaders {
  const { prefer, accept, 'x-forwarded-prefix': forwarded, 'accept-language': language } = headers
  const prefix =
    typeof forwarded === 'string' && prefixForm.test(forwarded) ? forwarded.replace(/\/$/, '') : ''
  return {
    language: preferredLanguage(language ?? ''),
    prefix,
    respondAsync: typeof prefer === 'string' && prefer.includes('respond-async'),
    events: accept?.includes('text/event-stream') === true,
  }
}
