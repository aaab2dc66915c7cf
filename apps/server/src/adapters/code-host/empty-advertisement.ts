import type { GitAnswer } from './git-http-backend.ts'
import { flush, packet } from './pkt-line.ts'

/** The capabilities of every git since 2.4 for receiving a push. */
const capabilities = 'report-status side-band-64k quiet atomic ofs-delta'

/**
 * The answer to a push that asks for the refs of an empty repository. So the repository need not exist before something
 * is pushed. Formats: gitprotocol-http(5), gitprotocol-pack(5).
 */
export async function* emptyAdvertisement(): GitAnswer {
  const headers = {
    'content-type': 'application/x-git-receive-pack-advertisement',
    'cache-control': 'no-cache',
  }
  yield { status: 200, headers }
  yield Buffer.concat([
    packet(Buffer.from('# service=git-receive-pack\n')),
    flush,
    packet(Buffer.from(`${'0'.repeat(40)} capabilities^{}\0${capabilities}\n`)),
    flush,
  ])
}

/** The answer of any repository to a push without commands. */
export async function* emptyResult(): GitAnswer {
  yield { status: 200, headers: { 'content-type': 'application/x-git-receive-pack-result' } }
}
