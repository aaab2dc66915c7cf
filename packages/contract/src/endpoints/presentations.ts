import { z } from 'zod'
import { greatestNumber, slug, timestamp } from '../common.ts'
import { most } from '../limits.ts'
import { presentation } from '../presentation.ts'
import { defineEndpoints } from './endpoint.ts'

const revision = z.number().int().min(0).max(greatestNumber)

/** The presentation of a service as its editor reads it. */
export const presentationState = z.object({
  published: presentation
    .nullable()
    .describe('what everybody sees; null if everything follows from the package'),
  draft: presentation.nullable(),
  revision: revision.describe('the number of the published revision; 0 if none was published'),
  draft_revision: revision.describe(
    'increases with every change; a change states the one that it is based on',
  ),
  edited_by: z.string().nullable(),
  edited_at: timestamp.nullable(),
  missing: z
    .array(z.string())
    .describe(
      'fields of the draft, or else of what is published, that name a run or a picture that was deleted',
    ),
  suggested: presentation.describe('what the package says about itself'),
  revisions: z
    .array(z.object({ number: revision, by: z.string(), at: timestamp }))
    .describe(`the last ${most.presentationRevisions} published revisions, newest first`),
})
/** The presentation of a service as its editor reads it. */
export type PresentationState = z.infer<typeof presentationState>

const idParams = z.object({ id: slug })
const common = { access: 'services.operate', about: 'service', params: idParams } as const

/** How services are shown: drafts, publishing, undoing. Only for those who may operate the service. */
export const presentationEndpoints = defineEndpoints({
  'GET /services/{id}/presentation': {
    ...common,
    summary: 'How a service is shown: what is published, the draft, and suggestions from its package',
    status: 200,
    response: presentationState,
  },
  'PUT /services/{id}/presentation/draft': {
    ...common,
    summary:
      'Save the draft; refused with `presentation.changed` if somebody else has saved since `revision`',
    body: z.strictObject({ presentation, revision: revision.describe('`draft_revision` as it was read') }),
    status: 200,
    response: presentationState,
  },
  'DELETE /services/{id}/presentation/draft': {
    ...common,
    summary: 'Discard the draft; refused with `presentation.changed` if it is another one than in `revision`',
    query: z.object({
      revision: z.coerce
        .number()
        .int()
        .min(0)
        .max(greatestNumber)
        .describe('`draft_revision` as it was read'),
    }),
    status: 200,
    response: presentationState,
  },
  'POST /services/{id}/presentation/publish': {
    ...common,
    summary: 'Show the draft to everybody',
    body: z.strictObject({ revision: revision.describe('`draft_revision` as it was read') }),
    status: 200,
    response: presentationState,
  },
  'POST /services/{id}/presentation/restore': {
    ...common,
    summary:
      'Make an earlier published revision the draft; refused with `presentation.changed` if somebody else has saved since `revision`',
    body: z.strictObject({
      number: revision,
      revision: revision.describe('`draft_revision` as it was read'),
    }),
    status: 200,
    response: presentationState,
  },
})
