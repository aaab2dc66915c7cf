import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Incoming } from '../../adapters/code-host/code-host.ts'
import type { Repository } from '../../adapters/code-host/git-command.ts'
import type { GitHttpResponse } from '../../adapters/code-host/git-http-backend.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Language } from '../../lib/errors.ts'
import type { Sandbox } from '../../lib/sandbox/sandbox.ts'

/** A push that git has taken, or some of it. */
export type ReceivedPush = { algorithmId: string; actor: Actor; commits: readonly string[] }

/** What the built-in git host needs from the rest of the platform. */
export type GitHttpDeps = {
  repositoriesFolder: string
  /** Where git reads what others have pushed. */
  sandbox: Sandbox
  /** Largest push now, in bytes. */
  readonly packBytes: number
  /**
   * The actor of a Basic credential: any user name, and an API key or login token as password. Null or a 401
   * error for an invalid one.
   */
  authenticateBasic: (header: string) => Promise<Actor | null>
  /**
   * Throws 403 or 404 for an algorithm that the actor may not read or push to. `new`: no algorithm has this name, and a push makes one.
   */
  authorise: (actor: Actor, algorithmId: string, wish: 'read' | 'write') => Promise<'known' | 'new'>
  /** Throws `quota.code` if there is no room for any push. */
  needRoom: (actor: Actor, algorithmId: string) => Promise<void>
  /** Keeps room for a push of at most so many bytes until `giveBack` is called. Throws `quota.code` if there is none. */
  takeRoom: (
    actor: Actor,
    algorithmId: string,
    most: number,
  ) => Promise<{ bytes: number; giveBack: () => void }>
  /** A repository for a push to a name that no algorithm has. */
  incoming: () => Promise<Incoming>
  /** Branches that are deployed by themselves, with a service that each is deployed to. Like the followed one they cannot be rewritten. */
  watchedBranches?: (algorithmId: string) => Promise<ReadonlyMap<string, string>>
  /** Called after every push to an algorithm, to whatever branch. `commits`: to which branches were to move. */
  onReceived?: (push: ReceivedPush) => void
  /**
   * Called after a new commit on the followed branch. Its answer is shown to the person who pushed. Never rejects. `incoming` has what was
   * pushed to a name that no algorithm has, and is removed afterwards unless it was kept.
   */
  onPushed: (push: {
    algorithmId: string
    incoming?: Incoming
    commit: string
    message: string
    actor: Actor
    language: Language
  }) => Promise<string>
}

/** Where the repositories are, and where git reads them. */
export type RepositoryDeps = Pick<GitHttpDeps, 'repositoriesFolder' | 'sandbox'>

/** The repository of an algorithm. */
export const repositoryOf = (
  { repositoriesFolder, sandbox }: RepositoryDeps,
  algorithmId: string,
): Repository => ({
  path: join(repositoriesFolder, `${algorithmId}.git`),
  sandbox,
})

/** Passes on what git answers. */
export const respond = (
  reply: FastifyReply,
  { status, headers, body }: Pick<GitHttpResponse, 'status' | 'headers' | 'body'>,
) =>
  reply
    .status(status)
    .headers(headers)
    .send(Readable.from(body, { objectMode: false }))
