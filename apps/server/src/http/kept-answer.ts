import type { FastifyReply } from 'fastify'
import { chooseCoding, compress, type Coding } from './compressed-answers.ts'
import { isKnownBy } from './entity-tags.ts'
import { sha256 } from '../lib/secrets.ts'

/** The bytes of an answer, and those of its codings that somebody has asked for. */
type KeptBytes = { text: Buffer; tag: string; coded: Map<Coding, Promise<Buffer> | null> }

/** The newest answer under each name. There are as many as the route that keeps them gives names. */
export type KeptAnswers = Map<string, { version: string; bytes: Promise<KeptBytes> }>

/**
 * An answer that is made, checked and compressed once, and then sent to all who ask for the same version. Whoever returns one has
 * checked before that this reader may see everything in it.
 */
export class KeptAnswer<Value> {
  readonly answers: KeptAnswers
  /** Whose answer it is among those that are kept. */
  readonly name: string
  /** States everything that the answer depends on, as it was read before `make` is called. */
  readonly version: string
  readonly make: () => Promise<Value>

  constructor(answers: KeptAnswers, of: { name: string; version: string; make: () => Promise<Value> }) {
    this.answers = answers
    this.name = of.name
    this.version = of.version
    this.make = of.make
  }
}

function bytesOf<Value>(reply: FastifyReply, { answers, name, version, make }: KeptAnswer<Value>) {
  const kept = answers.get(name)
  if (kept?.version === version) return kept.bytes
  const made = make().then((value): KeptBytes => {
    const text = String(reply.serialize(value))
    return { text: Buffer.from(text), tag: `"${sha256(text)}"`, coded: new Map() }
  })
  answers.set(name, { version, bytes: made })
  // One that could not be made is made again for the next who asks; this one is told why.
  made.catch(() => {
    if (answers.get(name)?.bytes === made) answers.delete(name)
  })
  return made
}

/** The bytes in a coding, which are compressed for the first who asks; null where that is not worth it. */
function codedAs({ text, coded }: KeptBytes, coding: Coding): Promise<Buffer> | null {
  const known = coded.get(coding)
  if (known !== undefined) return known
  const bytes = compress(text, coding)
  coded.set(coding, bytes)
  return bytes
}

/**
 * Sends an answer that is kept. A browser may keep it as well, but asks each time whether it still counts, and is told so without a
 * body. It is sent in one piece whatever its length, because all its readers share the same bytes.
 */
export async function sendKeptAnswer<Value>(
  reply: FastifyReply,
  answer: KeptAnswer<Value>,
): Promise<FastifyReply> {
  const bytes = await bytesOf(reply, answer)
  const coding = chooseCoding(reply)
  // The tag is weak, because each coding has other bytes.
  reply.headers({ etag: `W/${bytes.tag}`, 'cache-control': 'private, no-cache' })
  if (isKnownBy(reply.request.headers['if-none-match'], bytes.tag)) return reply.status(304).send()
  reply.type('application/json; charset=utf-8')
  const coded = coding && (await codedAs(bytes, coding))
  if (!coded) return reply.send(bytes.text)
  return reply.header('content-encoding', coding).send(coded)
}
