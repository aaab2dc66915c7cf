import type { Words } from '../../lib/words.ts'

/** Services by the port on which they usually listen. */
const services: ReadonlyMap<number, string> = new Map([
  [1433, 'SQL Server'],
  [3306, 'MySQL'],
  [5432, 'PostgreSQL'],
  [5672, 'RabbitMQ'],
  [6333, 'Qdrant'],
  [6379, 'Redis'],
  [9092, 'Kafka'],
  [9200, 'Elasticsearch'],
  [11211, 'Memcached'],
  [11434, 'Ollama'],
  [19530, 'Milvus'],
  [27017, 'MongoDB'],
])

const refused =
  /ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|Connection refused|Connection timed out|Connect call failed|Name or service not known|Temporary failure in name resolution|ServerSelection(?:Timeout)?Error/i
/** The drivers of MongoDB often name only its machine. */
const mongo = { error: /ServerSelection(?:Timeout)?Error/, port: 27_017 }
/** A port behind a name, an address or the word. */
const portIn = /(?:[\w.\])]:|\bport:?\s|'\s*,\s)(\d{2,5})\b/

/** The port that a line of a log says was not reached. Null if it says nothing of the kind. Pure. */
export function refusedPort(line: string): number | null {
  if (!refused.test(line)) return null
  const port = Number(portIn.exec(line)?.[1])
  if (port > 0 && port < 65_536) return port
  return mongo.error.test(line) ? mongo.port : null
}

/** That a service was not reached, with its usual name, and what helps. */
export function refusedWords(port: number): Words {
  const name = services.get(port)
  const [zh, en] =
    name === undefined
      ? [`端口 ${port} 上的服务`, `what it expects on port ${port}`]
      : [`${name}（端口 ${port}）`, `${name} (port ${port})`]
  return {
    zh: `连不上 ${zh}：它启动时就要用。请先运行它，再在服务的“配置”里按代码读取的变量写上它的地址`,
    en: `it cannot reach ${en}, which it needs when it starts: run that first, then give its address under Configuration of the service, by the variable that the code reads`,
  }
}
