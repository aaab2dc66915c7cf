import type { Finding } from '@vitrine/contract'

/**
 * The findings that do not depend on the entered id. The field of the id itself shows whose id it is, for the entered
 * id, because the upload is stored under that.
 */
export const aboutPackage = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ code }) => code !== 'algorithm.next_version')
