import type { EndpointKey } from '@vitrine/contract'

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

const outside: Attempt['refusal'] = [403, 'auth.service_not_allowed']
const body = (path: string, json: object): Attempt => ({ at: () => path, json, refusal: outside })
/** A repository in Gitea for the algorithm `theirs`. */
const repository = { repo_url: 'http://git.example/team/theirs', algorithm_id: 'theirs' }
const ofConfig = (path: string): Attempt => ({
  at: () => `/config${path}?service_id=theirs`,
  refusal: outside,
})
const hidden =
  (part: keyof Foreign, code: string) =>
  (path: (id: string) => string, json?: object): Attempt => ({
    at: (foreign) => path(foreign[part]),
    ...(json && { json }),
    refusal: [404, code],
  })
const ofRun = hidden('run', 'run.not_found')
const ofComparison = hidden('comparison', 'comparison.not_found')
const ofTask = hidden('task', 'task.not_found')
/** Pipelines of services outside the limit do not exist; the test of pipelines shows it with one. */
const ofPipeline = hidden('task', 'pipeline.not_found')
/** Calls of services outside the limit do not exist; the test of calls shows it with one. */
const ofCall = hidden('task', 'call.bodies_not_kept')
const ofAsset = hidden('asset', 'asset.not_found')
const ofKey = hidden('key', 'api_key.not_found')
const tus = { 'tus-resumable': '1.0.0' }
const ofUpload = (headers: Record<string, string> = {}): Attempt => ({
  at: ({ upload }) => `/uploads/${upload}`,
  headers: { ...tus, ...headers },
  refusal: [404, null],
})

/** Every route of the contract. The compiler finds one that is missing. */
export const cases: Record<EndpointKey, Case> = {
  'GET /setup': 'public',
  'POST /setup': 'public',
  'POST /auth/login': 'public',
  'POST /auth/refresh': 'public',
  'POST /auth/logout': 'public',
  'GET /auth/me': 'nothing',
  'POST /auth/password': 'closed',
  'GET /auth/oidc': 'public',
  'POST /auth/oidc/start': 'public',
  'POST /auth/oidc/finish': 'public',
  'GET /users/{id}/identities': 'closed',
  'DELETE /users/{id}/identities': 'closed',
  'GET /auth/second-factor': 'closed',
  'POST /auth/second-factor': 'closed',
  'POST /auth/second-factor/confirm': 'closed',
  'POST /auth/second-factor/recovery-codes': 'closed',
  'POST /auth/second-factor/disable': 'closed',
  'GET /users/{id}/second-factor': 'closed',
  'DELETE /users/{id}/second-factor': 'closed',
  'GET /sessions': 'closed',
  'DELETE /sessions': 'closed',
  'DELETE /sessions/{id}': 'closed',
  'GET /invites': 'closed',
  'POST /invites': 'closed',
  'DELETE /invites/{id}': 'closed',
  'POST /invites/look': 'public',
  'POST /invites/accept': 'public',
  'GET /users': 'closed',
  'POST /users': 'closed',
  'GET /users/{id}': 'closed',
  'PATCH /users/{id}': 'closed',
  'DELETE /users/{id}': 'closed',
  'GET /roles': 'closed',
  'POST /roles': 'closed',
  'PATCH /roles/{id}': 'closed',
  'DELETE /roles/{id}': 'closed',
  'GET /api-keys': { shows: 'limited to mine' },
  'POST /api-keys': {
    at: () => '/api-keys',
    json: { name: 'more', scopes: ['run'], service_ids: ['theirs'] },
    refusal: [403, 'api_key.services_beyond_key'],
  },
  'GET /api-keys/{id}': ofKey((id) => `/api-keys/${id}`),
  'PATCH /api-keys/{id}': ofKey((id) => `/api-keys/${id}`, { name: 'taken over' }),
  'DELETE /api-keys/{id}': ofKey((id) => `/api-keys/${id}`),
  'GET /audit': 'closed',
  'GET /audit/file': 'closed',
  'GET /algorithms': { shows: 'mine' },
  'POST /algorithms': { at: () => '/algorithms', package: 'theirs', refusal: outside },
  'POST /algorithms/inspect': { at: () => '/algorithms/inspect', package: 'theirs', refusal: outside },
  'GET /algorithms/{id}': 'algorithm',
  'PATCH /algorithms/{id}': 'algorithm',
  'DELETE /algorithms/{id}': 'algorithm',
  'GET /algorithms/{id}/versions': 'algorithm',
  'GET /algorithms/{id}/versions/{number}': 'algorithm',
  'GET /algorithms/{id}/files': 'algorithm',
  'GET /algorithms/{id}/refs': 'algorithm',
  'GET /algorithms/{id}/commits': 'algorithm',
  'POST /algorithms/{id}/commits': 'algorithm',
  'GET /algorithms/{id}/diff': 'algorithm',
  'GET /algorithms/{id}/blame': 'algorithm',
  'GET /algorithms/{id}/archive': 'algorithm',
  'GET /gitea/config': 'closed',
  'POST /gitea/config': 'closed',
  'DELETE /gitea/config': 'closed',
  'GET /gitea/config/history': 'closed',
  'GET /gitea/test-connection': 'closed',
  'GET /gitea/repos': 'closed',
  'GET /gitea/repos/{owner}/{name}/branches': 'closed',
  'POST /gitea/repos': body('/gitea/repos', { algorithm_id: 'theirs' }),
  'POST /gitea/repos/inspect': 'closed',
  'POST /gitea/repos/folders': 'closed',
  'GET /algorithms/{id}/tokens': 'algorithm',
  'POST /algorithms/{id}/tokens': 'algorithm',
  'DELETE /algorithms/{id}/tokens/{token_id}': 'algorithm',
  'POST /gitea/repos/register': body('/gitea/repos/register', repository),
  'POST /gitea/repos/clone': body('/gitea/repos/clone', repository),
  'POST /gitea/repos/move': body('/gitea/repos/move', { to: 'gitea', algorithm_ids: ['theirs'] }),
  'POST /gitea/repos/pull': body('/gitea/repos/pull', { algorithm_id: 'theirs' }),
  'POST /gitea/repos/follow': body('/gitea/repos/follow', { algorithm_id: 'theirs', to: 'team/renamed' }),
  'POST /gitea/repos/upload': { at: () => '/gitea/repos/upload', package: 'theirs', refusal: outside },
  'POST /gitea/repos/push': body('/gitea/repos/push', { algorithm_id: 'theirs' }),
  'POST /services/deploy-from-gitea': body('/services/deploy-from-gitea', repository),
  'GET /config': ofConfig(''),
  'POST /config': body('/config', { changes: [{ key: 'env.A', service_id: 'theirs', value: 'b' }] }),
  'GET /config/effective': ofConfig('/effective'),
  'GET /config/service/{id}': 'service',
  'GET /config/revisions': ofConfig('/revisions'),
  'GET /config/compare': { at: () => '/config/compare?service_id=theirs&from=1', refusal: outside },
  'POST /config/rollback': body('/config/rollback', { service_id: 'theirs', revision: 1 }),
  'POST /config/apply': body('/config/apply', { service_id: 'theirs' }),
  'POST /config/rotate-key': 'closed',
  'GET /config/export': ofConfig('/export'),
  'POST /config/import': body('/config/import', { service_id: 'theirs', yaml: 'vitrine_config: 1' }),
  'GET /config/copy': { at: () => '/config/copy?from=theirs&to=mine', refusal: outside },
  'POST /config/copy': body('/config/copy', { from: 'mine', to: ['theirs'], keys: ['env.A'] }),
  'GET /config/draft': ofConfig('/draft'),
  'POST /config/draft': body('/config/draft', {
    service_id: 'theirs',
    changes: [{ key: 'env.A', value: 'b' }],
  }),
  'DELETE /config/draft': ofConfig('/draft'),
  'POST /config/draft/publish': body('/config/draft/publish', { service_id: 'theirs' }),
  'GET /config/{key}': ofConfig('/env.A'),
  'POST /config/{key}': body('/config/env.A', { service_id: 'theirs', value: 'b' }),
  'DELETE /config/{key}': ofConfig('/env.A'),
  'GET /config/{key}/history': ofConfig('/env.A/history'),
  'POST /config/{key}/rollback': body('/config/env.A/rollback', { service_id: 'theirs', revision: 1 }),
  'GET /services': { shows: 'mine' },
  'POST /services/deploy': body('/services/deploy', { algorithm_id: 'theirs' }),
  'GET /services/{id}': 'service',
  'PATCH /services/{id}': 'service',
  'DELETE /services/{id}': 'service',
  'GET /services/status/{id}': 'service',
  'POST /services/start/{id}': 'service',
  'POST /services/stop/{id}': 'service',
  'POST /services/restart/{id}': 'service',
  'GET /services/{id}/api': 'service',
  'GET /services/{id}/api/operation': 'service',
  'POST /services/{id}/api/try': 'service',
  'PUT /services/{id}/api': 'service',
  'DELETE /services/{id}/api': 'service',
  'GET /services/{id}/presentation': 'service',
  'PUT /services/{id}/presentation/draft': 'service',
  'DELETE /services/{id}/presentation/draft': 'service',
  'POST /services/{id}/presentation/publish': 'service',
  'POST /services/{id}/presentation/restore': 'service',
  'GET /services/{id}/push-deploy': 'service',
  'PUT /services/{id}/push-deploy': 'service',
  'DELETE /services/{id}/push-deploy': 'service',
  'GET /pipelines': 'nothing',
  'GET /pipelines/{id}': ofPipeline((id) => `/pipelines/${id}`),
  'GET /pipelines/{id}/log': ofPipeline((id) => `/pipelines/${id}/log`),
  'GET /pipelines/{id}/changes': ofPipeline((id) => `/pipelines/${id}/changes`),
  'POST /pipelines/{id}/cancel': ofPipeline((id) => `/pipelines/${id}/cancel`),
  'POST /pipelines/{id}/approve': ofPipeline((id) => `/pipelines/${id}/approve`),
  'POST /pipelines/{id}/rerun': ofPipeline((id) => `/pipelines/${id}/rerun`),
  'POST /hooks/gitea': 'public',
  'GET /services/{id}/releases': 'service',
  'GET /services/{id}/releases/build-log': 'service',
  'GET /services/{id}/releases/diff': 'service',
  'GET /services/{id}/releases/{number}/environment': 'service',
  'POST /services/{id}/rollback': 'service',
  'GET /services/logs/{id}': 'service',
  'GET /services/{id}/logs/stream': 'service',
  'GET /services/{id}/logs/download': 'service',
  'GET /services/{id}/history': 'service',
  'GET /services/{id}/metrics': 'service',
  'GET /service-groups': 'closed',
  'POST /service-groups': 'closed',
  'PUT /service-groups/order': 'closed',
  'GET /service-groups/{id}': 'closed',
  'PATCH /service-groups/{id}': 'closed',
  'DELETE /service-groups/{id}': 'closed',
  'POST /services/batch': body('/services/batch', { action: 'stop', service_ids: ['mine', 'theirs'] }),
  'GET /ports': { shows: 'mine' },
  'GET /ports/nearest': 'closed',
  'GET /service-metrics': { shows: 'mine' },
  'GET /calls': { shows: 'mine' },
  'GET /calls/summary': { shows: '"calls":' },
  'GET /calls/file': { shows: 'mine' },
  'GET /calls/{id}/bodies': ofCall((id) => `/calls/${id}/bodies`),
  'GET /host': 'closed',
  'GET /host/walls': 'closed',
  'GET /gateway/routes': 'closed',
  'PUT /gateway/routes/{id}': 'closed',
  'POST /gateway/reload': 'closed',
  'POST /gateway/driver': 'closed',
  'GET /tasks': { shows: 'mine' },
  'GET /tasks/{id}': ofTask((id) => `/tasks/${id}`),
  'GET /tasks/{id}/events': ofTask((id) => `/tasks/${id}/events`),
  'POST /tasks/{id}/retry': ofTask((id) => `/tasks/${id}/retry`),
  'POST /tasks/{id}/cancel': ofTask((id) => `/tasks/${id}/cancel`),
  // It lasts, so a test of its own reads it.
  'GET /events': 'nothing',
  'GET /showcase': { shows: 'mine' },
  'GET /showcase/{id}': 'service',
  'GET /assets': { shows: 'of the key.txt' },
  'GET /models': 'closed',
  'POST /models': 'closed',
  'GET /models/{id}': 'closed',
  'DELETE /models/{id}': 'closed',
  'POST /assets': 'nothing',
  'GET /media-tools': 'nothing',
  'GET /assets/{id}': ofAsset((id) => `/assets/${id}`),
  'PATCH /assets/{id}': ofAsset((id) => `/assets/${id}`, { name: 'taken over' }),
  'GET /assets/{id}/uses': 'closed',
  'DELETE /assets/{id}': ofAsset((id) => `/assets/${id}`),
  'GET /assets/{id}/content': ofAsset((id) => `/assets/${id}/content?variant=original`),
  'GET /runs': { shows: 'mine' },
  'POST /runs': body('/runs', { service_id: 'theirs', input_data: ['a'] }),
  'GET /runs/{id}': ofRun((id) => `/runs/${id}`),
  'DELETE /runs/{id}': ofRun((id) => `/runs/${id}`),
  'POST /runs/{id}/cancel': ofRun((id) => `/runs/${id}/cancel`),
  'POST /runs/{id}/again': ofRun((id) => `/runs/${id}/again`),
  'GET /runs/{id}/provenance': ofRun((id) => `/runs/${id}/provenance`),
  'POST /runs/{id}/replay': ofRun((id) => `/runs/${id}/replay`),
  'GET /runs/{id}/replay': ofRun((id) => `/runs/${id}/replay`),
  'GET /runs/{id}/files/{name}': ofRun((id) => `/runs/${id}/files/${'d'.repeat(64)}.png`),
  'GET /runs/{id}/events': ofRun((id) => `/runs/${id}/events`),
  'OPTIONS /uploads': 'public',
  'POST /uploads': 'nothing',
  'HEAD /uploads/{id}': ofUpload(),
  'PATCH /uploads/{id}': ofUpload({
    'upload-offset': '0',
    'content-type': 'application/offset+octet-stream',
  }),
  'DELETE /uploads/{id}': ofUpload(),
  'GET /comparisons': { shows: 'mine' },
  'POST /comparisons': body('/comparisons', {
    input: { input_data: ['a'] },
    targets: [{ service_id: 'mine' }, { service_id: 'theirs' }],
  }),
  'GET /comparisons/{id}': ofComparison((id) => `/comparisons/${id}`),
  'GET /comparisons/{id}/events': ofComparison((id) => `/comparisons/${id}/events`),
  'PATCH /comparisons/{id}': ofComparison((id) => `/comparisons/${id}`, { title: 'taken over' }),
  'DELETE /comparisons/{id}': ofComparison((id) => `/comparisons/${id}`),
  'GET /shares': { shows: 'mine' },
  'POST /shares': body('/shares', { kind: 'stage', target_id: 'theirs' }),
  'PATCH /shares/{id}': hidden('share', 'share.unknown')((id) => `/shares/${id}`, { title: 'taken' }),
  'POST /shares/{id}/address': hidden('share', 'share.unknown')((id) => `/shares/${id}/address`),
  'DELETE /shares/{id}': hidden('share', 'share.unknown')((id) => `/shares/${id}`),
  'GET /public/shares/{token}': 'public',
  'POST /public/shares/{token}/unlock': 'public',
  'POST /public/shares/{token}/runs': 'public',
  'GET /public/shares/{token}/runs/{run_id}': 'public',
  'POST /public/shares/{token}/runs/{run_id}/cancel': 'public',
  'GET /public/shares/{token}/runs/{run_id}/events': 'public',
  'GET /public/shares/{token}/runs/{run_id}/files/{name}': 'public',
  'GET /public/shares/{token}/runs/{run_id}/provenance': 'public',
  'POST /public/shares/{token}/assets': 'public',
  'GET /public/shares/{token}/assets/{asset_id}/content': 'public',
}
