import { errorBody } from '@vitrine/contract'

/** Sends requests all at once. Returns how many were answered with each status, and the refusals. */
export async function flood(count: number, send: () => Promise<Response>) {
  const answers = await Promise.all(Array.from({ length: count }, send))
  const statuses: Record<number, number> = {}
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1
  const refused = answers.find(({ status }) => status >= 400)
  return { statuses, refused, error: errorBody.parse(await refused?.json()).error }
}

/** Announces an upload of so many bytes. */
export const announcing = (bytes: number) => ({
  headers: { 'tus-resumable': '1.0.0', 'upload-length': String(bytes) },
})
