import type { GitAnswer } from './git-http-backend.ts'
import { flush, packet } from './pkt-line.ts'

/** What every git since 2.4 can do when it receives a push. */
const capabilities = 'report-status side-band-64k quiet atomic ofs-delta'

/**
 * What a push is told about a repository that has nothing: so there need be none before something is pushed. Formats: gitprotocol-http(5),
 * gitprotocol-pack(5).
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

/** What a push of nothing is told, by any repository. */
export async function* emptyResult(): GitAnswer {
  yield { status: 200, headers: { 'content-type': 'application/x-git-receive-pack-result' } }
}
