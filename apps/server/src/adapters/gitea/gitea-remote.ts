import { randomBytes } from 'node:crypto'
import { chmod, chown, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { leadToSocket, relayOrigin, type RelayProgram } from '../../lib/sandbox/relay.ts'
import type { GitRemote } from '../code-host/git-remote.ts'
import { openGitRelay, type RelayFault } from './git-relay.ts'
import {
  giteaFailed,
  giteaRepositoryTooLarge,
  giteaUnreachable,
  pushRefused,
  repositoryNotFound,
  tokenRefused,
} from './gitea.errors.ts'

/** What leads git to a Gitea server on this machine. */
export type GiteaRemotes = RelayProgram & {
  /** The folder of the sockets. The account of git can pass through it. */
  folder: string
}

/** The error for what happened on the relay, or for what git wrote if nothing did. */
function failureOf(
  fault: RelayFault | null,
  { repository, mostBytes, said }: { repository: string; mostBytes: number; said: string },
): Error {
  if (fault === null)
    return /rejected|non-fast-forward|stale info/.test(said)
      ? pushRefused({ repository }, new Error(said))
      : giteaFailed({ repository, status: null }, new Error(said))
  if (fault.kind === 'too_large') return giteaRepositoryTooLarge({ repository, limit_bytes: mostBytes })
  if (fault.kind === 'unreachable') return giteaUnreachable({}, fault.cause)
  if (fault.status === 401 || fault.status === 403) return tokenRefused({ status: fault.status })
  if (fault.status === 404) return repositoryNotFound({ repository })
  return giteaFailed({ repository, status: fault.status })
}

/**
 * A repository of a Gitea server for git: git over HTTP with Basic authentication, any user name and the token as password.
 *
 * @param repository `OWNER/NAME`
 */
export function giteaRemote(
  remotes: GiteaRemotes,
  { serverUrl, token, repository }: { serverUrl: string; token: string; repository: string },
): GitRemote {
  const target = {
    url: `${serverUrl}/${repository}.git`,
    authorization: `Basic ${Buffer.from(`vitrine:${token}`).toString('base64')}`,
  }
  return {
    async during({ account, sandbox, mostBytes }, work) {
      const isCutOff = sandbox.status.network === 'separate'
      const socket = isCutOff ? join(remotes.folder, randomBytes(8).toString('hex')) : null
      const relay = await openGitRelay({ ...target, mostBytes }, socket)
      const failure = (said: string) => failureOf(relay.fault(), { repository, mostBytes, said })
      try {
        if (socket === null)
          return await work({ url: relay.at(`http://127.0.0.1:${relay.port}`), lead: null, failure })
        await chmod(socket, 0o600)
        if (account) await chown(socket, account.uid, account.gid)
        const url = relay.at(relayOrigin)
        return await work({ url, lead: leadToSocket(socket, remotes), failure })
      } finally {
        await relay.close()
        if (socket !== null) await rm(socket, { force: true })
      }
    },
  }
}
