import { z } from 'zod'
import { slug, taskAccepted } from '../common.ts'
import { most } from '../limits.ts'
import { codeHostKind } from './algorithms.ts'
import { defineEndpoints } from './endpoint.ts'
import { existingRepository } from './existing-repository.ts'

/** Moves of code between the platform's own git host and a Gitea server. */
export const codeMoveEndpoints = defineEndpoints({
  'POST /gitea/repos/move': {
    summary:
      'Move the code of algorithms to new repositories of the Gitea server, or back to the platform, with its history; nothing is deleted where it was. The task tells how far it is, and goes on after a restart',
    access: 'config.manage',
    about: 'loaded',
    body: z.strictObject({
      to: codeHostKind,
      algorithm_ids: z
        .array(slug)
        .min(1)
        .max(most.movedAlgorithms)
        .optional()
        .describe('all that are not there yet if absent'),
      existing: existingRepository,
    }),
    status: 202,
    response: taskAccepted,
  },
})
