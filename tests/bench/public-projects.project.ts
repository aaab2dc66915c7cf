/** A request below `/ai/<id>`; the answer must be 2xx and contain this text. */
export type Question = { path: string; method?: 'GET' | 'POST'; json?: unknown; contains?: string }

/** What a project is asked, and what it needs. */
export type Details = {
  /** The folder that is uploaded; the whole repository if there is none. */
  folder?: string
  /** Its page, if that is not `/`. */
  page?: Question
  /** A request beside the page. */
  ask?: Question
  /** The path of a WebSocket that its page opens. */
  webSocket?: string
  /** Values of the variables that its deploy asks for, as a person would give them. */
  variables?: Record<string, string>
  /** What it needs that a fresh machine does not have. It cannot run there; it is in the list for the reason that it is told. */
  needs?: string
}

/** A public project, as its authors wrote it. */
export type PublicProject = Details & {
  /** `owner/name` on GitHub. */
  repository: string
  commit: string
  /** The shape for which it stands in the list. */
  why: string
}

/** One project. */
export const project = (
  repository: string,
  commit: string,
  why: string,
  details: Details = {},
): PublicProject => ({
  repository,
  commit,
  why,
  ...details,
})

/** How a project is named: its repository, and the folder that is uploaded. */
export const nameOf = ({ repository, folder }: PublicProject): string =>
  folder === undefined ? repository : `${repository}/${folder}`

/** A request with a JSON body. */
export const post = (path: string, json: unknown, contains: string): Question => ({
  path,
  method: 'POST',
  json,
  contains,
})
/** Its document of OpenAPI. */
export const openApi: Question = { path: '/openapi.json', contains: 'openapi' }
/** Its page of documents. */
export const docs: Question = { path: '/docs', contains: 'swagger' }

/** A program of Streamlit: its page, its health and its WebSocket. */
export const ofStreamlit = (repository: string, commit: string, why: string, needs?: string) =>
  project(repository, commit, why, {
    ...(needs !== undefined && { needs }),
    webSocket: '/_stcore/stream',
    ask: { path: '/_stcore/health', contains: 'ok' },
  })
