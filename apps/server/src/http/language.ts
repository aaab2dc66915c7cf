import type { FastifyRequest } from 'fastify'
import { preferredLanguage } from '@vitrine/contract/preferred-language'
import type { Language } from '../lib/errors.ts'

/** The language for the answer, by the request's Accept-Language header. */
export const languageOf = (request: FastifyRequest): Language =>
  preferredLanguage(request.headers['accept-language'])
