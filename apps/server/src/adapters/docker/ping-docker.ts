import { request } from 'node:http'
import type { DockerHost } from './docker-host.ts'

/** The answer of a daemon to a ping. `closed` means that this process may not open its socket. */
export type DockerAnswer = 'answers' | 'closed' | 'away'

const patienceMs = 2_000

/** Asks whether a daemon answers, without the client library. Never rejects. */
export const pingDocker = (at: DockerHost): Promise<DockerAnswer> =>
  new Promise((resolve) => {
    const asking = request({ ...at, path: '/_ping', agent: false, timeout: patienceMs }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200 ? 'answers' : 'away')
    })
    asking.on('timeout', () => asking.destroy(new Error('no answer in time')))
    asking.on('error', (error) => {
      resolve('code' in error && error.code === 'EACCES' ? 'closed' : 'away')
    })
    asking.end()
  })
