import type { FastifyRequest } from 'fastify'
import { namedLanguage } from '@vitrine/contract/preferred-language'
import type { Language } from '../lib/errors.ts'

/** Finds the language that a person has chosen for the pages, by the id of their account. Null if they have chosen none. */
export type LanguageOfAccount = (userId: string) => Promise<Language | null>

declare module 'fastify' {
  interface FastifyInstance {
    languageOfAccount: LanguageOfAccount
  }
  interface FastifyRequest {
    /** The language of the account of the caller, if the request names no language itself. */
    accountLanguage: Language | null
  }
}

/** The language for the answer: the one that the request names, that of the account of the caller, or Chinese. */
export const languageOf = ({ headers, accountLanguage }: FastifyRequest): Language =>
  namedLanguage(headers['accept-language']) ?? accountLanguage ?? 'zh'

/**
 * Learns the language of the account of a request that names no language, as those of `curl` and many programs. Called as soon as it is
 * known who has sent the request.
 */
export async function learnLanguage(request: FastifyRequest): Promise<void> {
  const { actor, headers, server } = request
  const isAccount = actor?.kind === 'user' || actor?.kind === 'key'
  if (isAccount && namedLanguage(headers['accept-language']) === null)
    request.accountLanguage = await server.languageOfAccount(actor.id)
}
