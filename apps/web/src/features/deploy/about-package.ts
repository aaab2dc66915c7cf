import type { Finding } from '@vitrine/contract'

/**
 * The findings that stay whatever id is entered. Whose id the found one is, is told at the field of the id, for the id that
 * is entered there: the upload is stored under that.
 */
export const aboutPackage = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ code }) => code !== 'algorithm.next_version')
