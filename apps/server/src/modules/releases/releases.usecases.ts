import { text } from 'node:stream/consumers'
import type { Release, ReleaseDiff } from '@vitrine/contract'
import type { CodeHost } from '../../adapters/code-host/code-host.ts'
import {
  nodeDependencies,
  nodePackages,
  pythonPackages,
  releaseChanges,
  type ComparedRelease,
} from './releases.diff.ts'
import { releaseNotFound } from './releases.errors.ts'
import type { ReleasesRepository, StoredRelease } from './releases.repository.ts'

/** What comparing releases needs. */
export type ReleaseDiffDeps = { releases: ReleasesRepository; codeHost: CodeHost }

/** A longer list of packages is not read, in bytes. */
const mostListBytes = 4 * 1024 * 1024

async function textAt(
  deps: ReleaseDiffDeps,
  algorithmId: string,
  commit: string,
  path: string,
): Promise<string> {
  const found = await deps.codeHost.stat(algorithmId, commit, path)
  if (found?.type !== 'file' || found.size > mostListBytes) return ''
  return text(await deps.codeHost.read(algorithmId, commit, path))
}

async function comparedOf(
  deps: ReleaseDiffDeps,
  algorithmId: string,
  release: StoredRelease,
): Promise<ComparedRelease> {
  const { manifest, commit, environmentHash, config } = release
  const at = (path: string) => textAt(deps, algorithmId, commit, path)
  const compared = { manifest, environmentHash, config }
  if (manifest.runtime === 'python')
    return { ...compared, packages: pythonPackages(await at('requirements.txt')) }
  const lock = await at('package-lock.json')
  return { ...compared, packages: lock ? nodePackages(lock) : nodeDependencies(await at('package.json')) }
}

/** The differences between two releases of a service. */
export async function diffReleases(
  deps: ReleaseDiffDeps,
  input: {
    service: { id: string; algorithmId: string }
    from: number
    to: number
    /** Shows a release in the form for the caller. */
    show: (release: StoredRelease) => Release
  },
): Promise<ReleaseDiff> {
  const { id, algorithmId } = input.service
  const load = async (number: number) => {
    const release = await deps.releases.get(id, number)
    if (!release) throw releaseNotFound({ service_id: id, release: number })
    return release
  }
  const [before, after] = [await load(input.from), await load(input.to)]
  const [files, old, now] = await Promise.all([
    deps.codeHost.compare(algorithmId, { from: before.commit, to: after.commit }),
    comparedOf(deps, algorithmId, before),
    comparedOf(deps, algorithmId, after),
  ])
  return {
    from: input.show(before),
    to: input.show(after),
    changes: releaseChanges(old, now),
    files: files.files,
    files_cut: files.cut,
  }
}
