import { request } from 'node:http'

/** An answer as it came over the line: its body is not decoded, as `fetch` does it. */
export type PlainAnswer = { status: number; headers: Partial<Record<string, string>>; body: Buffer }

/** Asks for an address, over a unix socket if one is given, and gives the answer as it came over the line. */
export const plainGet = (
  url: string,
  options: { headers: Record<string, string>; method: string; socketPath?: string },
): Promise<PlainAnswer> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { ...options, agent: false }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => {
        const headers = Object.fromEntries(
          Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
        )
        resolve({ status: answer.statusCode ?? 0, headers, body: Buffer.concat(parts) })
      })
    })
    asked.on('error', reject)
    asked.end()
  })
