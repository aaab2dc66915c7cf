import { request } from 'node:http'
import type { Service } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import type { Question, PublicProject } from './public-projects.project.ts'

/** Whether an answer is what the list says, and its status, with its text if it is not. */
type Answer = { good: boolean; text: string }

/** A long text without its middle: the platform tells the cause first, and the end of a traceback says most of the rest. */
export function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')
  return line.length <= 400 ? line : `${line.slice(0, 260)} … ${line.slice(-130)}`
}

/** Whether a WebSocket opens, as a page of this origin asks for it. */
const opens = (address: URL, token: string, origin: string) =>
  new Promise<Answer>((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      origin,
    }
    const asked = request(address, { headers })
    asked.once('upgrade', (answer, socket) => {
      socket.destroy()
      resolve({ good: true, text: String(answer.statusCode) })
    })
    asked.once('response', (answer) => {
      answer.resume()
      resolve({ good: false, text: `no WebSocket (${answer.statusCode})` })
    })
    asked.once('error', reject).end()
  })

async function answerTo(admin: ApiClient, id: string, question: Question): Promise<Answer> {
  const { path, method = 'GET', json, contains = '' } = question
  const answer = await admin.request(method, `//ai/${id}${path}`, { ...(json !== undefined && { json }) })
  const text = await answer.text()
  if (answer.ok && text.includes(contains)) return { good: true, text: String(answer.status) }
  return { good: false, text: `${answer.status} ${short(text)}` }
}

/** Asks a service what the list says, below `/ai/` and, for a WebSocket, at its front port as well. */
export async function askAll(admin: ApiClient, service: Service, project: PublicProject) {
  const { id, front_port: port } = service
  const page = await answerTo(admin, id, project.page ?? { path: '/' })
  const said = project.ask ? [await answerTo(admin, id, project.ask)] : []
  const token = admin.token ?? ''
  for (const path of project.webSocket === undefined ? [] : [project.webSocket]) {
    const below = await opens(new URL(`${admin.origin}/ai/${id}${path}`), token, admin.origin)
    said.push({ ...below, text: `WebSocket below /ai/: ${below.text}` })
    const front = `http://127.0.0.1:${port}`
    const there = await opens(new URL(`${front}${path}`), token, front)
    said.push({ ...there, text: `at the front port: ${there.text}` })
  }
  return {
    page: page.text,
    answered: said.map(({ text }) => text).join('; '),
    runs: [page, ...said].every(({ good }) => good),
  }
}
