import type { Manifest, ShownManifest } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import type { Finding } from '../sources/finding.ts'
import { viewFolder } from '../sources/package-view.ts'
import type { ReceivedUpload } from '../sources/receive-upload.ts'
import type { AlgorithmsDeps } from './algorithms.deps.ts'
import { algorithmInvalid, notRecognised } from './algorithms.errors.ts'
import type { Described } from './describe-algorithm.ts'
import type { Naming } from './recognition/naming.ts'
import { recognisedForms } from './recognition/choose-plan.ts'
import { notRecognisedCode, type Recognition } from './recognition/recognise.ts'

/** A finding as a refusal tells it. Pure. */
export const problemOf = ({ text, ...about }: Finding) => ({ ...about, message: text })

/**
 * The manifest of a package that may be stored, and where its id and name came from. Throws
 * `algorithm.not_recognised` or `algorithm.invalid`.
 */
export function requireStorable(recognition: Recognition): {
  manifest: Manifest
  namedFrom: Naming['from']
} {
  const { manifest, namedFrom } = recognition
  const problems = recognition.problems.map(problemOf)
  if (!manifest || !namedFrom) {
    const others = problems.filter(({ code }) => code !== notRecognisedCode)
    if (others.length === problems.length) throw algorithmInvalid({ problems })
    throw notRecognised({ looked_for: [...recognisedForms], problems: others })
  }
  if (problems.length > 0) throw algorithmInvalid({ problems })
  return { manifest, namedFrom }
}

/** The commit message for an upload. */
export const uploadMessage = (manifest: Pick<ShownManifest, 'name' | 'version'>): string =>
  `${manifest.name} ${manifest.version}`

/** A package that may be stored, as its files are now. */
export type Recognised = {
  recognition: Recognition
  /** What becomes a version. */
  next: Described & { message: string; actor: Actor }
  namedFrom: Naming['from']
}

/** Recognises what was uploaded. Throws what {@link requireStorable} does. */
export async function recogniseUpload(
  deps: Pick<AlgorithmsDeps, 'recogniser'>,
  { upload, actor }: { upload: ReceivedUpload; actor: Actor },
): Promise<Recognised> {
  const given = { algorithmId: upload.algorithmId, name: upload.name, packageName: upload.givenName }
  const recognition = await deps.recogniser.recognise(actor.id, await viewFolder(upload.folder), given)
  const { manifest, namedFrom } = requireStorable(recognition)
  const { stated } = recognition
  const next = {
    manifest,
    stated: {
      name: upload.name === undefined ? stated.name : manifest.name,
      description: stated.description,
    },
    message: uploadMessage(manifest),
    actor,
  }
  return { recognition, next, namedFrom }
}
