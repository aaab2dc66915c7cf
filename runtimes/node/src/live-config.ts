import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { instanceSecretHeader } from '@vitrine/contract/gateway-names'
import { isReservedVariable } from '@vitrine/contract/reserved-variables'
import { isObject } from '@vitrine/contract/schema-check'
import type { ConfigChanges } from './messages.ts'
import type { ConfigEnd } from './predictor.ts'
import { Problem } from './problem.ts'
import type { Release } from './release.ts'
import { parseJson } from './request-body.ts'

/** A request of the platform: the changes between two revisions. */
type Asked = { since: number; revision: number; changes: ConfigChanges }

const statuses = { taken: 200, 'not-taken': 501, failed: 500 } as const satisfies Record<ConfigEnd, number>

const wrongType = (path: string, expected: string) =>
  new Problem('request.invalid', { fields: [{ path, rule: 'field.type', values: { expected } }] })

/** The number of a revision in a request. Throws {@link Problem} `request.invalid`. */
function revisionIn(asked: Record<string, unknown>, name: string): number {
  const value = asked[name]
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name, 'integer')
  return value
}

/** Whether a text can be the value of an environment variable without a change. */
const canBeSet = (value: string): boolean => !value.includes('\0') && value.isWellFormed()

/** Reads the body of a change. Throws {@link Problem} if it has another form, or names a variable that is reserved. */
export function readAsked(raw: Uint8Array): Asked {
  const asked = parseJson(raw)
  if (!isObject(asked)) throw wrongType('', 'object')
  const [since, revision] = [revisionIn(asked, 'since'), revisionIn(asked, 'revision')]
  if (!isObject(asked['changes'])) throw wrongType('changes', 'object')
  const changes: ConfigChanges = {}
  for (const [name, value] of Object.entries(asked['changes'])) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || isReservedVariable(name))
      throw new Problem('request.invalid', {
        fields: [{ path: 'changes', rule: 'field.unknown', values: {} }],
      })
    if (value !== null && !(typeof value === 'string' && canBeSet(value)))
      throw wrongType('changes', 'string')
    changes[name] = value
  }
  return { since, revision, changes }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Holds the revision of the configuration that the instance has, and takes changes to another one. */
export class LiveConfig {
  /** Null if the instance was started by hand. */
  revision: number | null
  readonly #secret: Buffer | null
  /** The values that the package was told since its start. It has its own environment in its thread. */
  readonly #told = new Map<string, string | null>()
  #last: Promise<unknown> = Promise.resolve()

  /** `tell` passes changes to the package and never rejects. */
  constructor(
    { configRevision, instanceSecret }: Pick<Release, 'configRevision' | 'instanceSecret'>,
    readonly tell: (changes: ConfigChanges) => Promise<ConfigEnd>,
  ) {
    this.revision = configRevision
    this.#secret = instanceSecret === null ? null : digest(instanceSecret)
  }

  /**
   * Whether a request carries the secret that only the platform and this instance have. Callers reach the same routes through the
   * gateway.
   */
  isFromPlatform({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
    const given = headers[instanceSecretHeader]
    return this.#secret !== null && typeof given === 'string' && timingSafeEqual(this.#secret, digest(given))
  }

  /**
   * Tells the package of changes, one after the other. Resolves with the status of the answer: 200 if the instance now
   * has the revision, even if it had all the values before; 409 if the changes do not begin at the revision that it
   * has; 501 without `onConfig`; 500 if that threw.
   */
  take(asked: Asked): Promise<number> {
    const taken = this.#last.then(() => this.#take(asked))
    this.#last = taken
    return taken
  }

  async #take({ since, revision, changes }: Asked): Promise<number> {
    if (this.revision === revision) return 200
    if (this.revision !== since) return 409
    if (this.#hasAll(changes)) {
      this.revision = revision
      return statuses.taken
    }
    const end = await this.tell(changes)
    if (end === 'taken') {
      this.revision = revision
      for (const [name, value] of Object.entries(changes)) this.#told.set(name, value)
    }
    return statuses[end]
  }

  /**
   * Whether the instance was started with these values before their revision had a number, so that nothing is new for
   * its package.
   */
  #hasAll(changes: ConfigChanges): boolean {
    const now = (name: string) => (this.#told.has(name) ? this.#told.get(name) : (process.env[name] ?? null))
    const all = Object.entries(changes)
    return all.length > 0 && all.every(([name, value]) => now(name) === value)
  }
}
