import type { IncomingHttpHeaders } from 'node:http'
import { Problem, type Language } from './problem.ts'

/** The request headers that the runtime uses. */
export type RequestHeaders = {
  language: Language
  prefix: string
  respondAsync: boolean
  events: boolean
  /** The id that the caller gave its prediction. */
  predictionId: string | null
  /** How many seconds a kept prediction continues while nobody follows it; null without limit. */
  unattendedS: number | null
}

const predictionIdForm = /^[0-9A-Za-z-]{16,64}$/
const unattendedS = 3600
const longestUnattendedS = 86_400

const prefixForm = /^(?:\/[A-Za-z0-9._~-]+)+\/?$/

/** `zh` or `en` by weight; `zh` if neither is requested. */
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

/** The id that a caller gave its prediction. Throws {@link Problem} `prediction.bad_id`. */
function predictionIdOf(given: string | undefined): string | null {
  if (given === undefined) return null
  if (!predictionIdForm.test(given)) throw new Problem('prediction.bad_id')
  return given
}

/** Throws {@link Problem} `prediction.bad_time`. */
function unattendedOf(given: string | undefined, respondAsync: boolean): number | null {
  if (given === undefined) return respondAsync ? null : unattendedS
  if (!/^[0-9]{1,5}$/.test(given) || Number(given) > longestUnattendedS)
    throw new Problem('prediction.bad_time', { values: { longest: longestUnattendedS } })
  return Number(given)
}

const oneOf = (header: string | string[] | undefined) =>
  typeof header === 'string' ? header.trim() : undefined

/** Reads only the language, for the answer to an invalid request. */
export const languageOf = (headers: IncomingHttpHeaders): Language =>
  preferredLanguage(headers['accept-language'] ?? '')

/** Reads the headers. Throws {@link Problem} `prediction.…` if one is invalid. */
export function readHeaders(headers: IncomingHttpHeaders): RequestHeaders {
  const { prefer, accept, 'x-forwarded-prefix': forwarded } = headers
  const respondAsync = typeof prefer === 'string' && prefer.includes('respond-async')
  const prefix =
    typeof forwarded === 'string' && prefixForm.test(forwarded) ? forwarded.replace(/\/$/, '') : ''
  return {
    language: languageOf(headers),
    prefix,
    respondAsync,
    events: accept?.includes('text/event-stream') === true,
    predictionId: predictionIdOf(oneOf(headers['prediction-id'])),
    unattendedS: unattendedOf(oneOf(headers['prediction-unattended']), respondAsync),
  }
}
