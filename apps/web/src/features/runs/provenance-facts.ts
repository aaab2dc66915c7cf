import type { Provenance, ResolvedDependency } from '@vitrine/contract'

/** The first digits of a digest, enough for people to compare. */
export const shortHash = (digest: string): string => digest.slice(0, 12)

/** The commit of a result: its page at Gitea, if it is there. */
export type CodeFact = { commit: string; page: string | null; isBuiltIn: boolean; version: string | null }

/** What the panel says of where a result comes from. Null or empty where nothing is known. */
export type ProvenanceFacts = {
  service: string
  algorithm: string | null
  release: number | null
  code: CodeFact | null
  environment: string | null
  image: string | null
  models: { name: string | null; sha256: string }[]
  parameters: string | null
  input: { sha256: string; media: number }
  result: string | null
  runtime: string | null
  platform: string
  startedOn: string | null
  finishedOn: string | null
  createdBy: string | null
  runId: string
  replayOf: string | null
  notRecorded: Provenance['predicate']['runDetails']['vitrine_notRecorded']
}

const ofKind = (all: readonly ResolvedDependency[], kind: ResolvedDependency['annotations']['kind']) =>
  all.filter((one) => one.annotations.kind === kind)

/** The page of a commit at a Gitea server, from the address of the repository. */
function commitPage(uri: string | undefined, commit: string): string | null {
  const address = uri?.replace(/^git\+/, '').replace(/\.git$/, '')
  return address !== undefined && /^https?:\/\//.test(address) ? `${address}/commit/${commit}` : null
}

function codeOf(all: readonly ResolvedDependency[]): CodeFact | null {
  const [code] = ofKind(all, 'code')
  const commit = code?.digest?.['gitCommit']
  if (code === undefined || commit === undefined) return null
  const { provider, version = null } = code.annotations
  const page = provider === 'gitea' ? commitPage(code.uri, commit) : null
  return { commit, page, isBuiltIn: provider === 'builtin', version }
}

/** What the panel says of a statement. */
export function provenanceFacts({ subject, predicate }: Provenance): ProvenanceFacts {
  const {
    externalParameters: given,
    internalParameters,
    resolvedDependencies: all,
  } = predicate.buildDefinition
  const { builder, metadata, ...details } = predicate.runDetails
  return {
    service: given.service,
    algorithm: given.algorithm ?? null,
    release: given.release,
    code: codeOf(all),
    environment: ofKind(all, 'environment')[0]?.digest?.['sha256'] ?? null,
    image: ofKind(all, 'image')[0]?.digest?.['sha256'] ?? null,
    models: ofKind(all, 'model').flatMap(({ name = null, digest }) =>
      digest?.['sha256'] === undefined ? [] : [{ name, sha256: digest['sha256'] }],
    ),
    parameters: Object.keys(given.parameters).length === 0 ? null : JSON.stringify(given.parameters, null, 1),
    input: { sha256: given.input.digest.sha256, media: given.input.media.length },
    result: subject.find(({ name }) => name === 'result')?.digest['sha256'] ?? null,
    runtime: internalParameters.runtime ?? null,
    platform: builder.version.vitrine,
    startedOn: metadata.startedOn ?? null,
    finishedOn: metadata.finishedOn ?? null,
    createdBy: details.vitrine_createdBy ?? null,
    runId: metadata.invocationId,
    replayOf: details.vitrine_replayOf ?? null,
    notRecorded: details.vitrine_notRecorded,
  }
}
