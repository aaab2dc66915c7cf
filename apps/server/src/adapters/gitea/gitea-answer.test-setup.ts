import type { ServerResponse } from 'node:http'

/** Answers as Gitea's API does. `total`: how many there are of what a page of them is answered with. */
export function answer(response: ServerResponse, status: number, body: unknown, total?: number): void {
  const headers = {
    'content-type': 'application/json',
    ...(total !== undefined && { 'x-total-count': String(total) }),
  }
  response.writeHead(status, headers).end(JSON.stringify(body))
}
