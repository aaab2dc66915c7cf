import { z } from 'zod'
import { slug, taskAccepted } from '../common.ts'
import { most } from '../limits.ts'
import { codeHostKind } from './algorithms.ts'
import { defineEndpoints } from './endpoint.ts'
import { existingRepository } from './existing-repository.ts'
import { giteaRepository } from './gitea.ts'
import { rule } from '../issue-rules.ts'

/** `OWNER/NAME` of a repository in Gitea. */
const giteaFullName = z
  .string()
  .max(201)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/, rule('field.gitea_name'))

/** Moves of code between the platform's own git host and a Gitea server. */
export const codeMoveEndpoints = defineEndpoints({
  'POST /gitea/repos/move': {
    summary:
      'Move the code of algorithms to new repositories of the Gitea server, or back to the platform, with its history. The former copy is not deleted. The task tells its progress, and continues after a restart',
    access: 'config.manage',
    about: 'loaded',
    body: z.strictObject({
      to: codeHostKind,
      algorithm_ids: z
        .array(slug)
        .min(1)
        .max(most.movedAlgorithms)
        .optional()
        .describe('if absent, all algorithms whose code is not there yet'),
      existing: existingRepository,
    }),
    status: 202,
    response: taskAccepted,
  },
  'POST /gitea/repos/follow': {
    summary:
      'Follow the repository of an algorithm to its new name or owner in Gitea, after `gitea.repository_moved`. Gitea itself tells the new address; `to` is the one that the caller expects. After `gitea.repository_replaced`, `to` is the name that another repository has got: the algorithm uses that one from then on',
    access: 'algorithms.write',
    about: 'loaded',
    body: z.strictObject({ algorithm_id: slug, to: giteaFullName }),
    status: 200,
    response: z.object({
      repository: giteaRepository,
      algorithm_ids: z
        .array(slug)
        .describe('all algorithms in this repository that follow it: those that the caller may change'),
    }),
  },
})
