import type { ModelFile } from '@vitrine/contract'

/** The lines of `algorithm.yaml` that name a model file. Its path is an example that the author changes. */
export const manifestLines = ({ name, sha256, size }: Pick<ModelFile, 'name' | 'sha256' | 'size'>): string =>
  ['models:', `  - path: ${JSON.stringify(name)}`, `    sha256: ${sha256}`, `    size: ${size}`, ''].join(
    '\n',
  )
