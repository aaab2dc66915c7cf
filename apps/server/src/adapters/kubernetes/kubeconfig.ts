import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { wordsOf, type LocalisedText, type Words } from '../../lib/words.ts'

/** How the platform signs in. A token in a file is read again for each call, because clusters renew it. */
export type ClusterSignIn =
  { kind: 'none' } | { kind: 'token'; token: string } | { kind: 'token_file'; path: string }

/** What is needed to talk to the API of a cluster. */
export type ClusterAccess = {
  server: URL
  /** The CA certificates for checking the server's certificate. Null for those that the system trusts. */
  ca: Buffer | null
  /** The name that the certificate of the server has, if it is not that of its address. */
  serverName: string | null
  /** Whether the certificate of the server is not checked. */
  isUnchecked: boolean
  /** The certificate of the platform with its key; null if it has none. */
  client: { cert: Buffer; key: Buffer } | null
  signIn: ClusterSignIn
  /** The namespace of the context; null if it names none. */
  namespace: string | null
}

/** A kubeconfig that cannot be used, with what is wrong in it. */
export class KubeconfigError extends Error {
  readonly why: LocalisedText

  constructor(why: LocalisedText) {
    super(wordsOf(why).en)
    this.name = 'KubeconfigError'
    this.why = why
  }
}

const text = z.string().min(1).optional()
const kubeconfig = z.object({
  'current-context': text,
  contexts: z
    .array(
      z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: text, namespace: text }) }),
    )
    .default([]),
  clusters: z
    .array(
      z.object({
        name: z.string(),
        cluster: z.object({
          server: z.url({ protocol: /^https?$/ }),
          'certificate-authority': text,
          'certificate-authority-data': text,
          'insecure-skip-tls-verify': z.boolean().optional(),
          'tls-server-name': text,
          'proxy-url': text,
        }),
      }),
    )
    .default([]),
  users: z
    .array(
      z.object({
        name: z.string(),
        // One without any of these signs in by nothing.
        user: z
          .object({
            'client-certificate': text,
            'client-certificate-data': text,
            'client-key': text,
            'client-key-data': text,
            token: text,
            tokenFile: text,
            username: text,
            exec: z.looseObject({ command: text }).nullish(),
            'auth-provider': z.unknown().optional(),
          })
          .nullish(),
      }),
    )
    .default([]),
})
type Kubeconfig = z.infer<typeof kubeconfig>
type User = NonNullable<Kubeconfig['users'][number]['user']>

function parsed(content: string): Kubeconfig {
  let value: unknown
  try {
    value = parse(content)
  } catch (error) {
    throw new KubeconfigError(`it is no YAML: ${error instanceof Error ? error.message : String(error)}`)
  }
  const result = kubeconfig.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new KubeconfigError(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
}

/** Data that is in the file itself, or in another file that it names. */
async function bytesOf(
  folder: string,
  data: string | undefined,
  path: string | undefined,
): Promise<Buffer | null> {
  if (data !== undefined) return Buffer.from(data, 'base64')
  if (path === undefined) return null
  const file = resolve(folder, path)
  try {
    return await readFile(file)
  } catch (error) {
    throw new KubeconfigError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

/** A program would run with the account of the platform, and could read its keys. So none does, wherever the file comes from. */
const programWords = (name: string, command: string): Words => ({
  zh: `用户 ${name} 通过程序登录（exec：${command}）。平台不运行它：它会有平台账户的权限，能读取密钥。请改用服务账户 vitrine 的令牌或客户端证书；只能由程序取得令牌时，让定时任务把令牌写入文件，并用 tokenFile 指明它`,
  en: `the user ${name} signs in by a program (exec: ${command}). The platform does not run it: it would have the rights of its account, and could read its keys. Use a token of the service account vitrine, or a client certificate; if only the program gives tokens, let a timer write them to a file, and name that with tokenFile`,
})

function signInOf(user: User, name: string, folder: string): ClusterSignIn {
  if (user.token !== undefined) return { kind: 'token', token: user.token }
  if (user.tokenFile !== undefined) return { kind: 'token_file', path: resolve(folder, user.tokenFile) }
  if (user.exec) throw new KubeconfigError(programWords(name, user.exec.command ?? ''))
  for (const way of ['auth-provider', 'username'] as const)
    if (user[way] !== undefined)
      throw new KubeconfigError({
        zh: `用户 ${name} 用“${way}”登录，平台不支持；请改用服务账户的令牌或客户端证书`,
        en: `the user ${name} signs in by “${way}”, which the platform does not; give it the token of a service account, or a client certificate`,
      })
  return { kind: 'none' }
}

/** @param context the one to use; null for the current one of the file. Throws {@link KubeconfigError}. */
export async function readKubeconfig(file: string, context: string | null): Promise<ClusterAccess> {
  const folder = dirname(resolve(file))
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new KubeconfigError(error instanceof Error ? error.message : String(error))
  })
  const config = parsed(content)
  const chosen = context ?? config['current-context']
  const found = config.contexts.find(({ name }) => name === chosen)?.context
  if (!found)
    throw new KubeconfigError(
      `there is no context ${chosen ?? '(none is the current one)'}; it has: ${config.contexts.map(({ name }) => name).join(', ') || 'none'}`,
    )
  const cluster = config.clusters.find(({ name }) => name === found.cluster)?.cluster
  if (!cluster) throw new KubeconfigError(`there is no cluster ${found.cluster}`)
  if (cluster['proxy-url'] !== undefined)
    throw new KubeconfigError(
      `the cluster ${found.cluster} is behind a proxy (proxy-url), which the platform does not use`,
    )
  const user = config.users.find(({ name }) => name === found.user)?.user ?? {}
  const cert = await bytesOf(folder, user['client-certificate-data'], user['client-certificate'])
  const key = await bytesOf(folder, user['client-key-data'], user['client-key'])
  return {
    server: new URL(cluster.server),
    ca: await bytesOf(folder, cluster['certificate-authority-data'], cluster['certificate-authority']),
    serverName: cluster['tls-server-name'] ?? null,
    isUnchecked: cluster['insecure-skip-tls-verify'] === true,
    client: cert && key ? { cert, key } : null,
    signIn: cert && key ? { kind: 'none' } : signInOf(user, found.user ?? '', folder),
    namespace: found.namespace ?? null,
  }
}

const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The namespace in which the platform itself runs. Null if it does not run in a cluster. */
export async function readOwnNamespace(
  { KUBERNETES_SERVICE_HOST: host }: Readonly<Record<string, string | undefined>>,
  folder = accountFolder,
): Promise<string | null> {
  if (!host) return null
  const found = await readFile(resolve(folder, 'namespace'), 'utf8').catch(() => null)
  return found?.trim() || null
}

/** The cluster in which the platform itself runs. Null if it does not run in a cluster. */
export async function readInCluster(
  env: Readonly<Record<string, string | undefined>>,
  folder = accountFolder,
): Promise<ClusterAccess | null> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (!host || !port) return null
  const fileOf = (name: string) => readFile(resolve(folder, name)).catch(() => null)
  const [ca, namespace] = await Promise.all([fileOf('ca.crt'), readOwnNamespace(env, folder)])
  if (ca === null) return null
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    ca,
    serverName: null,
    isUnchecked: false,
    client: null,
    signIn: { kind: 'token_file', path: resolve(folder, 'token') },
    namespace,
  }
}
