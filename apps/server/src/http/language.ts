import type { FastifyRequest } from 'fastify'
import type { Language } from '../lib/errors.ts'

/** The supported language with the highest weight in an Accept-Language header. Chinese is the default. */
export function preferredLanguage(header: string | undefined): Language {
  const wanted = (header ?? '')
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().split(';')
      const weight = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean)
      return { language: tag.toLowerCase().split('-')[0], weight: Number(weight ?? 1) }
    })
    .filter((entry) => entry.weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
  for (const { language } of wanted) if (language === 'zh' || language === 'en') return language
  return 'zh'
}

/** The language for the answer, by the request's Accept-Language header. */
export const languageOf = (request: FastifyRequest): Language =>
  preferredLanguage(request.headers['accept-language'])
