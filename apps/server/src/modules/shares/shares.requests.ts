import type { FastifyReply, FastifyRequest } from 'fastify'
import { cookiePrefix } from '@vitrine/contract'
import { cookieOf, cookieValueOf, isSecure } from '../../http/cookie-names.ts'
import { crossSiteRefused } from '../../http/http.errors.ts'
import { languageOf } from '../../http/language.ts'
import { apiPrefix } from '../../http/route.ts'
import { audienceOf, type Audience } from '../../lib/disclosure.ts'
import type { Language } from '../../lib/errors.ts'
import { originOf } from '../auth/credentials/cookies.ts'
import { runEventIn } from '../runs/events/run-events.ts'
import type { RunView } from '../runs/reading/send-events.ts'
import { runAnswer, writePartOf, type FoundRun } from '../runs/reading/read-run.ts'
import { shareNotFound } from './shares.errors.ts'
import { redactionFor } from './shares.redaction.ts'
import { visitingReader, type VisitSharesDeps } from './shares.runs.ts'
import type { OpenedShare, VisitorCredentials, VisitorLimits } from './shares.visitor.ts'

/** The visitor's cookie. Its path separates the cookies of different links. */
const visitorCookie = `${cookiePrefix}visitor`

const linkPath = (token: string) => `${apiPrefix}/public/shares/${token}`
/** How the runs and results of a link are redacted, with the addresses of its files. */
export const redactionOf = (token: string) =>
  redactionFor((runId) => `${linkPath(token)}/runs/${runId}/files/`)

/** The form of a secret that a page makes itself: 256 random bits in base64url. */
const ownSecret = /^[\w-]{43}$/

/**
 * What a request says of its visitor. `given` is the token of the address, with the page's own secret behind it where
 * browsers keep no cookie.
 */
export function credentialsOf(request: FastifyRequest, given: string): VisitorCredentials {
  const [token = '', own, ...more] = given.split('~')
  if (own === undefined) {
    return { token, secret: cookieValueOf(request, cookieOf(request, visitorCookie)), own: null }
  }
  if (!ownSecret.test(own) || more.length > 0) throw shareNotFound({})
  return { token, secret: undefined, own }
}

/** Gives a new visitor their cookie. Null for one who needs none. */
export function setVisitorCookie(
  { limits }: { limits: Pick<VisitorLimits, 'keepSeconds'> },
  reply: FastifyReply,
  { token, secret }: { token: string; secret: string | null },
): void {
  if (secret === null) return
  const { request } = reply
  reply.setCookie(cookieOf(request, visitorCookie), secret, {
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure(request),
    path: linkPath(token),
    maxAge: limits.keepSeconds,
  })
}

/** Visitors read in their own language, and without logs even if they are signed in. */
export const visitorAs = (request: FastifyRequest, language?: Language): Audience =>
  audienceOf(null, language ?? languageOf(request))

/** How visitors of a link see a run. */
export function viewAt(token: string, { run }: FoundRun, audience: Audience): RunView {
  const { shownRun, shownEvent } = redactionOf(token)
  return {
    key: `${token} ${audience.language}`,
    shown(event) {
      const shown = shownEvent(event, run)
      return shown && runEventIn(shown, audience)
    },
    write: writePartOf(shownRun, audience),
  }
}

/** Refuses changes that another site's page requests, because browsers send the visitor's cookie by themselves. */
export function refuseOtherSites(request: FastifyRequest): void {
  if (originOf(request) !== 'same') throw crossSiteRefused({})
}

/** Answers with a run as visitors of a link see it. */
export const answerWith = (
  deps: Pick<VisitSharesDeps, 'running'>,
  reply: FastifyReply,
  { found, opened, token }: { found: FoundRun; opened: OpenedShare; token: string },
) => {
  const { write } = viewAt(token, found, visitorAs(reply.request))
  return runAnswer(deps.running, reply, { found, reader: visitingReader(opened), write })
}
