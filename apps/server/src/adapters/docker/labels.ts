/** The names of the labels of what is ours in Docker. An image hands its own on to every container made from it. */
export const labels = {
  platform: 'io.vitrine.platform',
  /** Of containers alone. */
  instance: 'io.vitrine.instance',
  service: 'io.vitrine.service',
  release: 'io.vitrine.release',
  algorithm: 'io.vitrine.algorithm',
  commit: 'io.vitrine.commit',
} as const
