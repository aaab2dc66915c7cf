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

/** What the client of the API rejects with where Gitea refuses. */
export const refused = z.object({
  status: z.number(),
  error: z.object({ message: z.string() }).nullish().catch(null),
})

/** The API of a repository. Its name must have the form of the contract, because it becomes a part of a path. */
const ofRepository = /\/api\/v1\/repos\/([A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)(?:[/?]|$)/

/** What a redirect means: Gitea leads on from the former name of a repository, in whatever is asked of it. A proxy keeps the name. Pure. */
function meaningOfRedirect(error: AppError, about: string): AppError {
  const { to: address } = error.details
  if (error.code !== 'gitea.redirected' || typeof address !== 'string') return error
  const [, to] = ofRepository.exec(address) ?? []
  const isOther = to !== undefined && to.toLowerCase() !== about.toLowerCase()
  return isOther ? repositoryMoved({ repository: about, to }, error) : error
}

/** What Gitea's answer to a request without success means. `about` is what was asked for. */
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

/** Asks, and parses the answer. An answer of another form does not come from Gitea. `about`: the repository, or what else is asked for. */
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

/** Whether Gitea has no such thing, or does not show it. */
export const isMissing = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'gitea.repository_not_found'

/** Where Gitea leads to from a former name; null if the error says something else. Pure. */
export function ledTo(error: unknown): string | null {
  if (!(error instanceof AppError) || error.code !== 'gitea.repository_moved') return null
  const { to } = error.details
  return typeof to === 'string' ? to : null
}
