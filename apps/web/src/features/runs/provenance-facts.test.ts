import type { Provenance, ResolvedDependency } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { provenanceFacts } from './provenance-facts.ts'

const commit = '0123456789abcdef0123456789abcdef01234567'
const statement = (dependencies: ResolvedDependency[]): Provenance => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'result', digest: { sha256: 'a' } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: {
      buildType: 'urn:vitrine:run:1',
      externalParameters: {
        service: 'it',
        release: 2,
        input: { digest: { sha256: 'b' }, media: [] },
        parameters: {},
      },
      internalParameters: {},
      resolvedDependencies: dependencies,
    },
    runDetails: {
      builder: { id: 'https://here', version: { vitrine: '1.2.3' } },
      metadata: { invocationId: 'r' },
      vitrine_status: 'succeeded',
      vitrine_notRecorded: ['environment'],
    },
  },
})
const code = (provider: string, uri?: string): ResolvedDependency => ({
  ...(uri !== undefined && { uri }),
  digest: { gitCommit: commit },
  annotations: { kind: 'code', provider },
})

test.each([
  ['gitea', 'git+https://git.example.org/lab/it.git', `https://git.example.org/lab/it/commit/${commit}`],
  ['gitea', 'git+ssh://git@example.org/lab/it.git', null],
  ['gitea', undefined, null],
  ['builtin', 'git+https://here/git/it.git', null],
])('the page of a commit at %s with %s', (provider, uri, page) => {
  expect(provenanceFacts(statement([code(provider, uri)])).code?.page).toBe(page)
})

test('what is not known is null, and what was not recorded is named', () => {
  expect(provenanceFacts(statement([]))).toMatchObject({
    code: null,
    environment: null,
    models: [],
    parameters: null,
    createdBy: null,
    result: 'a',
    notRecorded: ['environment'],
  })
})
