import type { z } from 'zod'
import { algorithmEndpoints } from './algorithms.ts'
import { apiKeyEndpoints } from './api-keys.ts'
import { assetEndpoints } from './assets.ts'
import { auditEndpoints } from './audit.ts'
import { authEndpoints } from './auth.ts'
import { callEndpoints } from './calls.ts'
import { codeMoveEndpoints } from './code-moves.ts'
import { codeEndpoints } from './code.ts'
import { comparisonEndpoints } from './comparisons.ts'
import { configCopyEndpoints } from './config-copies.ts'
import { configDraftEndpoints } from './config-drafts.ts'
import { configEndpoints } from './configs.ts'
import type { ApiEndpoint, EventOf } from './endpoint.ts'
import { gatewayEndpoints } from './gateway-admin.ts'
import { giteaEndpoints } from './gitea.ts'
import { inviteEndpoints } from './invites.ts'
import { modelEndpoints } from './models.ts'
import { nodeEndpoints } from './nodes.ts'
import { observingEndpoints } from './observing.ts'
import { oidcEndpoints } from './oidc.ts'
import { pipelineEndpoints } from './pipelines.ts'
import { portEndpoints } from './ports.ts'
import { presentationEndpoints } from './presentations.ts'
import { provenanceEndpoints } from './provenance.ts'
import { releaseEndpoints } from './releases.ts'
import { repositoryTokenEndpoints } from './repository-tokens.ts'
import { secondFactorEndpoints } from './second-factors.ts'
import { runEndpoints } from './runs.ts'
import { serviceApiEndpoints } from './service-apis.ts'
import { serviceGrantEndpoints } from './service-grants.ts'
import { serviceGroupEndpoints } from './service-groups.ts'
import { serviceLogEndpoints } from './service-logs.ts'
import { serviceEndpoints } from './services.ts'
import { sessionEndpoints } from './sessions.ts'
import { shareEndpoints } from './shares.ts'
import { showcaseEndpoints } from './showcase.ts'
import { taskEndpoints } from './tasks.ts'
import { uploadEndpoints } from './uploads.ts'
import { userEndpoints } from './users.ts'
import { wallEndpoints } from './walls.ts'

/** Every route of the API below `/api/v1`. */
export const endpoints = {
  ...authEndpoints,
  ...userEndpoints,
  ...apiKeyEndpoints,
  ...auditEndpoints,
  ...sessionEndpoints,
  ...inviteEndpoints,
  ...secondFactorEndpoints,
  ...oidcEndpoints,
  ...algorithmEndpoints,
  ...codeEndpoints,
  ...repositoryTokenEndpoints,
  ...giteaEndpoints,
  ...codeMoveEndpoints,
  ...configEndpoints,
  ...configCopyEndpoints,
  ...configDraftEndpoints,
  ...serviceEndpoints,
  ...serviceApiEndpoints,
  ...presentationEndpoints,
  ...releaseEndpoints,
  ...pipelineEndpoints,
  ...serviceLogEndpoints,
  ...serviceGroupEndpoints,
  ...serviceGrantEndpoints,
  ...portEndpoints,
  ...observingEndpoints,
  ...gatewayEndpoints,
  ...callEndpoints,
  ...wallEndpoints,
  ...nodeEndpoints,
  ...taskEndpoints,
  ...showcaseEndpoints,
  ...runEndpoints,
  ...assetEndpoints,
  ...modelEndpoints,
  ...uploadEndpoints,
  ...comparisonEndpoints,
  ...shareEndpoints,
  ...provenanceEndpoints,
}
/** Name of a route: `METHOD /path/{param}`. */
export type EndpointKey = keyof typeof endpoints

type Table = typeof endpoints
type Part<Key extends EndpointKey, Name extends keyof ApiEndpoint> =
  Table[Key] extends Record<Name, infer Value> ? Value : undefined
type InputOf<Schema> = Schema extends z.ZodType ? z.input<Schema> : undefined
type OutputOf<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

/** The input that a caller gives to a route. */
export type EndpointInput<Key extends EndpointKey> = {
  params: InputOf<Part<Key, 'params'>>
  query: InputOf<Part<Key, 'query'>>
  body: InputOf<Part<Key, 'body'>>
}
/** The input that a route's handler receives: parsed, with defaults. */
export type EndpointParsed<Key extends EndpointKey> = {
  params: OutputOf<Part<Key, 'params'>>
  query: OutputOf<Part<Key, 'query'>>
  body: OutputOf<Part<Key, 'body'>>
}
/** The answer of a route; `undefined` if it has no body or a stream. */
export type EndpointResponse<Key extends EndpointKey> = OutputOf<Part<Key, 'response'>>
/** The data of the events of a stream, by their name. */
export type EndpointEvents<Key extends EndpointKey> = {
  [Name in keyof Part<Key, 'events'>]: OutputOf<Part<Key, 'events'>[Name]>
}
/** One event of a stream. */
export type EndpointEvent<Key extends EndpointKey> = EventOf<EndpointEvents<Key>>
