import { posix } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Finding } from '../../sources/finding.ts'
import { say } from '../recognition/plan.ts'
import type { PackageReading } from '../recognition/package-reading.ts'

const composeFiles = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']
const composeFile = z.object({
  services: z.record(z.string(), z.object({ image: z.string().optional() }).catch({})),
})
/** The longest compose file that is read, in characters: a short text with aliases can stand for very much. */
const longestFile = 64 * 1024

/** Servers that keep data or pass messages, by the name of their images. */
const known: readonly (readonly [RegExp, string])[] = [
  [/^(mysql|percona)$/, 'MySQL'],
  [/^mariadb$/, 'MariaDB'],
  [/^(postgres|postgis|pgvector|timescaledb.*)$/, 'PostgreSQL'],
  [/^mongo(db.*)?$/, 'MongoDB'],
  [/^(redis|redis-stack.*|redismod|valkey)$/, 'Redis'],
  [/^rabbitmq$/, 'RabbitMQ'],
  [/^(kafka|cp-kafka|redpanda)$/, 'Kafka'],
  [/^(elasticsearch|opensearch)$/, 'Elasticsearch'],
  [/^minio$/, 'MinIO'],
  [/^memcached$/, 'Memcached'],
  [/^qdrant$/, 'Qdrant'],
  [/^milvus$/, 'Milvus'],
  [/^(chroma|chromadb)$/, 'Chroma'],
]

/** What an image is: `bitnami/redis:7` is Redis. */
function serverOf(image: string): string | null {
  const name = image.split('@')[0]?.split('/').at(-1)?.split(':')[0] ?? ''
  return known.find(([pattern]) => pattern.test(name))?.[1] ?? null
}

function serversIn(text: string): string[] {
  try {
    const { data } = composeFile.safeParse(parse(text, { maxAliasCount: 10 }))
    const images = Object.values(data?.services ?? {}).flatMap(({ image }) => image ?? [])
    return [...new Set(images.flatMap((image) => serverOf(image) ?? []))]
  } catch (error) {
    // Not YAML. The platform itself does not use this file.
    if (error instanceof Error) return []
    throw error
  }
}

/** A warning for servers that a package’s own compose file starts beside it, and this platform does not. */
export async function servicesBeside(reading: PackageReading, folder: string): Promise<Finding[]> {
  const places = [...new Set([folder, ''])].flatMap((at) => composeFiles.map((name) => posix.join(at, name)))
  const path = places.find((one) => reading.has(one))
  const text = path === undefined ? null : await reading.readText(path)
  if (path === undefined || text === null || text.length > longestFile) return []
  const servers = serversIn(text)
  if (servers.length === 0) return []
  return [
    {
      code: 'preflight.services_beside',
      path,
      text: say(
        `${path} 还会启动 ${servers.join('、')}，平台不启动它们`,
        `${path} also starts ${servers.join(', ')}, which the platform does not`,
      ),
      follows: say(
        '程序连不上它们时，可能启动不了，或请求出错',
        'If the program cannot reach them, it may not start, or its requests fail',
      ),
      mend: say(
        '在别处运行它们，并把地址写进服务的环境变量（部署时填写，或在配置中心）',
        'Run them elsewhere, and give their addresses in the variables of the service: at the deploy, or in the configuration',
      ),
    },
  ]
}
