/** What belongs to the service `theirs`, and what the person has beside it. */
export type Foreign = {
  run: string
  comparison: string
  task: string
  share: string
  asset: string
  key: string
  upload: string
}

/** An attempt at an object outside the key's limit, and how it is refused. */
type Attempt = {
  /** The path instead of the route's own one, with the object filled in. */
  at: (foreign: Foreign) => string
  json?: object
  /** Sends a package under this id instead of JSON. */
  package?: string
  headers?: Record<string, string>
  refusal: [status: number, code: string | null]
}

/**
 * How a route treats a key that is limited to the service `mine`.
 * - `public`: anybody may use it, so a key gains nothing.
 * - `closed`: the route is closed to limited keys.
 * - `service`, `algorithm`: with `theirs` in its path it is refused.
 * - `nothing`: it concerns no service.
 * - `shows`: a list that shows something of `mine` and nothing else.
 */
export type Case = 'public' | 'closed' | 'service' | 'algorithm' | 'nothing' | { shows: string } | Attempt

export const outside: Attempt['refusal'] = [403, 'auth.service_not_allowed']
export const body = (path: string, json: object): Attempt => ({ at: () => path, json, refusal: outside })
/** A repository in Gitea for the algorithm `theirs`. */
export const repository = { repo_url: 'http://git.example/team/theirs', algorithm_id: 'theirs' }
export const ofConfig = (path: string): Attempt => ({
  at: () => `/config${path}?service_id=theirs`,
  refusal: outside,
})
export const hidden =
  (part: keyof Foreign, code: string) =>
  (path: (id: string) => string, json?: object): Attempt => ({
    at: (foreign) => path(foreign[part]),
    ...(json && { json }),
    refusal: [404, code],
  })
export const ofRun = hidden('run', 'run.not_found')
export const ofComparison = hidden('comparison', 'comparison.not_found')
export const ofTask = hidden('task', 'task.not_found')
/** Pipelines of services outside the limit do not exist; the test of pipelines shows it with one. */
export const ofPipeline = hidden('task', 'pipeline.not_found')
/** Calls of services outside the limit do not exist; the test of calls shows it with one. */
export const ofCall = hidden('task', 'call.bodies_not_kept')
export const ofAsset = hidden('asset', 'asset.not_found')
export const ofKey = hidden('key', 'api_key.not_found')
const tus = { 'tus-resumable': '1.0.0' }
export const ofUpload = (headers: Record<string, string> = {}): Attempt => ({
  at: ({ upload }) => `/uploads/${upload}`,
  headers: { ...tus, ...headers },
  refusal: [404, null],
})
