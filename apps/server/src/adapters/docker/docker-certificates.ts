import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOfError } from '../../lib/code-of-error.ts'
import { inBoth } from '../../lib/words.ts'

/** What shows a daemon who commands it, and what shows that it is the right daemon. */
type DockerCertificates = { ca: Buffer; cert: Buffer; key: Buffer }

/** The files of a folder with certificates, as Docker's own tools name them. */
const fileNames = { ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' } as const

/** Reads the certificates in a folder. They are read again for each client, because they may have been renewed. */
export async function readCertificates(folder: string): Promise<DockerCertificates> {
  const read = (name: keyof typeof fileNames) => readFile(join(folder, fileNames[name]))
  const [ca, cert, key] = await Promise.all([read('ca'), read('cert'), read('key')])
  return { ca, cert, key }
}

/** Why the certificates in a folder cannot be used, in both languages: a file that cannot be read, or what is wrong with it. Null if they can. */
export async function certificatesProblem(folder: string): Promise<string | null> {
  try {
    const { ca, cert, key } = await readCertificates(folder)
    const [, own] = [ca, cert].map((pem) => new X509Certificate(pem))
    if (!own?.checkPrivateKey(createPrivateKey(key))) throw new Error('the key is of another certificate')
    return null
  } catch (error) {
    const code = codeOfError(error)
    const said = error instanceof Error ? error.message : String(error)
    const files = Object.values(fileNames).join(', ')
    return code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR'
      ? inBoth(
          `不能读取（${said}）。文件夹中应有平台的账户可读的 ${files}`,
          `cannot be read (${said}); the folder needs ${files}, which the account of the platform can read`,
        )
      : inBoth(
          `证书与密钥不能用（${said}）。请检查 ${folder} 中的 ${files} 是否为 PEM 格式，密钥是否属于证书`,
          `the certificates cannot be used (${said}); check that ${files} in ${folder} are PEM and that the key is that of the certificate`,
        )
  }
}
