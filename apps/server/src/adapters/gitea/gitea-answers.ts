import { z } from 'zod'
import { AppError } from '../../lib/errors.ts'
import {
  giteaFailed,
  giteaUnreachable,
  notGitea,
  repositoryExists,
  repositoryMoved,
  repositoryNotFound,
  tokenRefused,
} from './gitea.errors.ts'

/** The error of the API client if Gitea refuses. */
export const refused = z.object({
  status: z.number(),
  error: z.object({ message: z.string() }).nullish().catch(null),
})

/** The API of a repository. Its name must have the form of the contract, because it becomes a part of a path. */
const ofRepository = /\/api\/v1\/repos\/([A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)(?:[/?]|$)/

/**
 * The error for a redirect. Gitea redirects every request for a former name of a repository. A redirect of a proxy
 * keeps the name. Pure.
 */
function meaningOfRedirect(error: AppError, about: string): AppError {
  const { to: address } = error.details
  if (error.code !== 'gitea.redirected' || typeof address !== 'string') return error
  const [, to] = ofRepository.exec(address) ?? []
  const isOther = to !== undefined && to.toLowerCase() !== about.toLowerCase()
  return isOther ? repositoryMoved({ repository: about, to }, error) : error
}

/** The error for a failed request to Gitea. `about` says what the request was about. */
function meaningOf(error: unknown, about: string): AppError {
  if (error instanceof AppError) return meaningOfRedirect(error, about)
  const { data } = refused.safeParse(error)
  if (!data) return giteaUnreachable({}, error)
  const { status } = data
  if (status === 401 || status === 403) return tokenRefused({ status })
  if (status === 404) return repositoryNotFound({ repository: about })
  if (status === 409) return repositoryExists({ repository: about })
  return giteaFailed({ repository: about, status })
}

type Answer = { data: unknown; headers: Headers }

/**
 * Sends a request and parses the answer. An answer with another form does not come from Gitea. `about` is the
 * repository, or something else that the request is about.
 */
export async function ask<S extends z.ZodType>(
  about: string,
  schema: S,
  request: () => Promise<Answer>,
): Promise<{ data: z.output<S>; headers: Headers }> {
  const answer = await request().catch((error: unknown) => {
    throw meaningOf(error, about)
  })
  const parsed = schema.safeParse(answer.data)
  if (!parsed.success) throw notGitea({}, parsed.error)
  return { data: parsed.data, headers: answer.headers }
}

/** Whether the object does not exist in Gitea, or the token may not see it. */
export const isMissing = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'gitea.repository_not_found'

/** The address to which Gitea redirects from a former name. Null for any other error. Pure. */
export function ledTo(error: unknown): string | null {
  if (!(error instanceof AppError) || error.code !== 'gitea.repository_moved') return null
  const { to } = error.details
  return typeof to === 'string' ? to : null
}
