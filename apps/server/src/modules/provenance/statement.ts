import type { Json, NotRecordedPart, Provenance, ResolvedDependency } from '@vitrine/contract'
import type { RunFacts } from '../runs/facts/run-facts.ts'
import type { RunBrief } from '../runs/run-record.ts'
import type { StoredOrigin } from './provenance.repository.ts'

/** How people reach the platform: `https://host`. */
type Origin = string

/** An address without the credentials that it may contain. Pure. */
function plainAddress(url: string): string {
  const parsed = URL.parse(url)
  if (!parsed) return url
  parsed.username = ''
  parsed.password = ''
  return parsed.href
}

/** The code that ran. The platform's own repositories are stored as a path. Pure. */
function codeOf(run: RunBrief, { code, version }: RunFacts, origin: Origin): ResolvedDependency[] {
  if (run.commit === null) return []
  const place = code && (code.url.startsWith('/') ? `${origin}${code.url}` : plainAddress(code.url))
  return [
    {
      name: 'code',
      ...(place !== null && { uri: `git+${place}` }),
      digest: { gitCommit: run.commit },
      annotations: {
        kind: 'code',
        ...(code && { provider: code.provider }),
        ...(version !== null && { version }),
      },
    },
  ]
}

/** What was installed. Pure. */
function environmentOf(run: RunBrief, { environment }: RunFacts, origin: Origin): ResolvedDependency[] {
  const sha256 = environment?.sha256
  if (!sha256) return []
  const list = `${origin}/api/v1/services/${run.service_id}/releases/${run.release}/environment`
  return [
    {
      name: 'environment',
      digest: { sha256 },
      downloadLocation: list,
      mediaType: 'text/plain',
      annotations: { kind: 'environment' },
    },
  ]
}

/** The image of its container. Pure. */
function imageOf({ image }: RunFacts): ResolvedDependency[] {
  if (!image) return []
  const { sha256, published } = image
  const uri = published === undefined ? {} : { uri: `docker://${published}` }
  return [{ name: 'image', ...uri, digest: { sha256 }, annotations: { kind: 'image' } }]
}

const modelsOf = ({ models }: RunFacts): ResolvedDependency[] =>
  models.map(({ path, sha256 }) => ({
    name: path,
    digest: { sha256 },
    annotations: { kind: 'model' as const },
  }))

/** What nobody recorded when the run was made. The statement lists it, and guesses nothing. Pure. */
function notRecorded(run: RunBrief, { environment }: RunFacts): NotRecordedPart[] {
  const isMissing: Record<NotRecordedPart, boolean> = {
    code: run.commit === null,
    environment: environment?.sha256 === null,
  }
  const parts = ['code', 'environment'] as const
  return parts.filter((part) => isMissing[part])
}

/** The result, and the files that it names. Pure. */
const subjectOf = ({ resultSha256, files }: StoredOrigin): Provenance['subject'] => [
  ...(resultSha256 === null
    ? []
    : [{ name: 'result', digest: { sha256: resultSha256 }, mediaType: 'application/json' }]),
  ...files.map(({ name, sha256, mime }) => ({ name, digest: { sha256 }, mediaType: mime })),
]

function buildDefinitionOf({
  run,
  stored: { facts },
  parameters,
  origin,
}: StatementInput): Provenance['predicate']['buildDefinition'] {
  return {
    buildType: 'urn:vitrine:run:1',
    externalParameters: {
      service: run.service_id,
      algorithm: facts.algorithm,
      release: run.release,
      input: {
        digest: { sha256: facts.inputSha256 },
        media: facts.media.map(({ assetId, sha256 }) => ({ asset_id: assetId, digest: { sha256 } })),
      },
      parameters,
    },
    internalParameters: {
      ...(facts.runtime !== null && { runtime: facts.runtime }),
      limits: facts.limits,
      network: facts.network,
      configRevision: facts.configRevision,
    },
    resolvedDependencies: [
      ...codeOf(run, facts, origin),
      ...environmentOf(run, facts, origin),
      ...imageOf(facts),
      ...modelsOf(facts),
    ],
  }
}

type StatementInput = {
  run: RunBrief
  stored: StoredOrigin
  parameters: Record<string, Json>
  origin: Origin
}

/** The statement of where the result of a run comes from. Pure. */
export function statementOf(input: StatementInput): Provenance {
  const { run, stored, origin } = input
  const { facts, replayOf } = stored
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjectOf(stored),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: buildDefinitionOf(input),
      runDetails: {
        builder: { id: origin, version: { vitrine: facts.platform } },
        metadata: {
          invocationId: run.id,
          ...(run.started_at !== null && { startedOn: run.started_at }),
          ...(run.finished_at !== null && { finishedOn: run.finished_at }),
        },
        vitrine_status: run.status,
        vitrine_createdBy: run.created_by,
        ...(replayOf !== null && { vitrine_replayOf: replayOf }),
        vitrine_notRecorded: notRecorded(run, facts),
      },
    },
  }
}

/** The part of a statement that visitors of a link may see: not who made the run, nor where its code and models are. Pure. */
export function sharedStatement({ subject, predicate, ...types }: Provenance): Provenance {
  const { buildDefinition: build, runDetails: details } = predicate
  const { service, release, input, parameters } = build.externalParameters
  const shown: ResolvedDependency[] = build.resolvedDependencies.flatMap(
    ({ digest, annotations: { kind } }) =>
      kind === 'code' || !digest ? [] : [{ digest, annotations: { kind } }],
  )
  const { invocationId, startedOn, finishedOn } = details.metadata
  return {
    _type: types._type,
    subject: subject.map(({ name, digest, mediaType }) => ({
      name,
      digest,
      ...(mediaType && { mediaType }),
    })),
    predicateType: types.predicateType,
    predicate: {
      buildDefinition: {
        buildType: build.buildType,
        externalParameters: { service, release, input, parameters },
        internalParameters: {
          ...(build.internalParameters.runtime && { runtime: build.internalParameters.runtime }),
        },
        resolvedDependencies: shown,
      },
      runDetails: {
        builder: details.builder,
        metadata: { invocationId, ...(startedOn && { startedOn }), ...(finishedOn && { finishedOn }) },
        vitrine_status: details.vitrine_status,
        vitrine_notRecorded: details.vitrine_notRecorded.filter((part) => part !== 'code'),
      },
    },
  }
}
