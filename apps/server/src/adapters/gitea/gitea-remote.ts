import { randomBytes } from 'node:crypto'
import { chmod, chown, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { leadToSocket, relayOrigin, type RelayProgram } from '../../lib/sandbox/relay.ts'
import type { GitRemote, RemoteFailure } from '../code-host/git-remote.ts'
import { openGitRelay, type RelayFault } from './git-relay.ts'
import { basicOf, type GiteaWaits } from './gitea-fetch.ts'
import {
  giteaFailed,
  giteaRepositoryTooLarge,
  giteaUnreachable,
  pushDeclined,
  pushRefused,
  repositoryMoved,
  repositoryNotFound,
  tokenRefused,
} from './gitea.errors.ts'

/** What git needs to reach a Gitea server from this machine. */
export type GiteaRemotes = RelayProgram & {
  /** The folder of the sockets. The account of git can pass through it. */
  folder: string
}

/** The longest message of a server that is passed on, in characters. */
const longestReason = 300
/** The message of a hook of the server about a refused push, or git's reason for the refusal. */
function reasonOf(said: string, fallback: string): string {
  const lines = [...said.matchAll(/^remote:(.*)/gm)].map(([, line = '']) => line.trim()).filter(Boolean)
  // The prefixes of Gitea's messages for people, since 1.20 and before. Other lines show the progress.
  const told = lines.flatMap((line) => /^(?:error|Gitea): *(\S.*)$/.exec(line)?.[1] ?? [])
  // Before 1.16, each line occurs twice.
  const words = [...new Set(told.length > 0 ? told : lines)].join(' ').replace(/\.$/, '')
  return (words === '' ? fallback : words).slice(0, longestReason)
}

/**
 * The error for a command that failed although the server answered. `said` is git's output, with a line for each ref as
 * `git push --porcelain` prints them.
 */
function answeredFailure(repository: string, said: string): Error {
  const cause = new Error(said)
  const [, declined] = /^!\t\S*\t\[remote rejected\] \((.*)\)$/m.exec(said) ?? []
  if (declined !== undefined) return pushDeclined({ repository, reason: reasonOf(said, declined) }, cause)
  if (/^!\t\S*\t\[rejected\]/m.test(said)) return pushRefused({ repository }, cause)
  return giteaFailed({ repository, status: null }, cause)
}

/** The error for a failure on the relay, or for git's output if nothing failed there. */
function failureOf(
  fault: RelayFault | null,
  { repository, mostBytes, said }: { repository: string; mostBytes: number; said: string },
): RemoteFailure {
  const final = (error: Error) => ({ error, is: 'final' as const })
  if (fault === null) return final(answeredFailure(repository, said))
  if (fault.kind === 'too_large')
    return final(giteaRepositoryTooLarge({ repository, limit_bytes: mostBytes }))
  if (fault.kind === 'unreachable') return { error: giteaUnreachable({}, fault.cause), is: 'transient' }
  const { status } = fault
  // A renamed repository is looked up by its former name, and the token is not sent to an address that an answer names.
  const [, moved] = /\/([^/]+\/[^/]+?)(?:\.git)?\/(?:info\/refs|git-)/.exec(fault.location) ?? []
  if (moved !== undefined && moved !== repository) return final(repositoryMoved({ repository, to: moved }))
  // Gitea explains why it permits no push (an archived repository, a mirror). If the token lacks a scope, it says only
  // "Forbidden".
  const words = status === 403 && fault.isPush ? reasonOf(said, '') : ''
  if (words !== '' && words !== 'Forbidden')
    return final(pushDeclined({ repository, reason: words }, new Error(said)))
  if (status === 401 || status === 403) return final(tokenRefused({ status }))
  if (status === 404) return final(repositoryNotFound({ repository }))
  const error = giteaFailed({ repository, status })
  if (status === 413) return { error, is: 'too_much' }
  return status === 429 || status >= 500 ? { error, is: 'transient' } : final(error)
}

/**
 * A repository of a Gitea server for git: git over HTTP with Basic authentication, any user name and the token as password.
 *
 * @param repository `OWNER/NAME`
 */
export function giteaRemote(
  remotes: GiteaRemotes,
  {
    serverUrl,
    token,
    repository,
    silenceMs,
  }: { serverUrl: string; token: string; repository: string } & Pick<GiteaWaits, 'silenceMs'>,
): GitRemote {
  const target = {
    silenceMs,
    url: `${serverUrl}/${repository}.git`,
    authorization: basicOf(token),
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
