import { z } from 'zod'
import { lineSplitter } from '../../lib/line-splitter.ts'
import { workFailure, type Docker } from './docker-client.ts'
import type { MoveEnd, MoveImage, RegistryLogin } from './image-daemon.ts'
import { partsOfName, registryOf } from './image-reference.ts'
import { unlessAborted } from './in-time.ts'

/** One message of the daemon while it sends or fetches an image. */
const message = z.object({
  status: z.string().optional(),
  id: z.string().optional(),
  progress: z.string().optional(),
  error: z.string().optional(),
  aux: z.object({ Digest: z.string() }).partial().optional(),
})

/** The messages of registries and of the daemon if credentials are missing or have no right. */
const refusal = /unauthorized|authentication required|no basic auth credentials|denied|forbidden|\b40[13]\b/i

/** The credentials in the form of the library. */
const authOf = (login: RegistryLogin | null, name: string) => ({
  username: login?.username ?? '',
  password: login?.password ?? '',
  serveraddress: registryOf(name),
})

const failed = (said: string): MoveEnd => ({
  moved: false,
  why: refusal.test(said) ? 'refused' : 'failed',
  said,
})

/** Reads the messages of the daemon until it has finished. */
async function follow(answer: NodeJS.ReadableStream, onLine: MoveImage['onLine']): Promise<MoveEnd> {
  let digest: string | null = null
  let error: string | null = null
  const messages = lineSplitter((line) => {
    if (line.trim() === '') return
    const said = message.parse(JSON.parse(line))
    if (said.aux?.Digest !== undefined) digest = said.aux.Digest
    if (said.error !== undefined) error = said.error
    // The daemon repeats the same message while a layer is being transferred.
    if (said.status !== undefined && said.progress === undefined)
      onLine(said.id === undefined ? said.status : `${said.id}: ${said.status}`)
  })
  for await (const chunk of answer) messages.write(Buffer.from(chunk))
  messages.end()
  return error === null ? { moved: true, digest } : failed(error)
}

async function move(
  { timeoutMs, signal, onLine }: MoveImage,
  begin: (abortSignal: AbortSignal) => Promise<NodeJS.ReadableStream>,
): Promise<MoveEnd> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    return await follow(await begin(AbortSignal.any([signal, timeout])), onLine)
  } catch (error) {
    const { why, said } = workFailure(error, { signal, timeout })
    return why === 'failed' ? failed(said) : { moved: false, why, said }
  }
}

/** Sends an image to the registry in its name, as `docker tag` and `docker push` do. */
export const publishImage = (docker: Docker, id: string, input: MoveImage): Promise<MoveEnd> =>
  move(input, async (abortSignal) => {
    const { repo, tag } = partsOfName(input.name)
    await unlessAborted(docker.getImage(id).tag({ repo, tag }), abortSignal)
    return docker.getImage(repo).push({ tag, authconfig: authOf(input.login, input.name), abortSignal })
  })

/** Fetches an image, as `docker pull` does, of one platform if one is named. */
export const pullImage = (
  docker: Docker,
  input: MoveImage & { platform?: string | null },
): Promise<MoveEnd> =>
  move(input, (abortSignal) =>
    docker.createImage(authOf(input.login, input.name), {
      fromImage: input.name,
      ...(input.platform && { platform: input.platform }),
      abortSignal,
    }),
  )
