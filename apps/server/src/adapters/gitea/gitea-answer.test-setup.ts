import type { ServerResponse } from 'node:http'
import { z } from 'zod'

/** What the platform states about a new repository. */
export const creation = z.object({
  name: z.string(),
  description: z.string(),
  private: z.literal(true),
  auto_init: z.literal(false),
})
/** Names that no repository can have (`reservedRepoPatterns`). */
export const keptName = z.object({ name: z.string().endsWith('.git') })

/** Answers as Gitea's API does. `total`: how many there are of what a page of them is answered with. */
export function answer(response: ServerResponse, status: number, body: unknown, total?: number): void {
  const headers = {
    'content-type': 'application/json',
    ...(total !== undefined && { 'x-total-count': String(total) }),
  }
  response.writeHead(status, headers).end(JSON.stringify(body))
}
