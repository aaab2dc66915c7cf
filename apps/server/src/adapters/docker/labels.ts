/** The names of the labels of our objects in Docker. A container also has the labels of its image. */
export const labels = {
  platform: 'io.vitrine.platform',
  /** Only containers have this label. */
  instance: 'io.vitrine.instance',
  service: 'io.vitrine.service',
  release: 'io.vitrine.release',
  algorithm: 'io.vitrine.algorithm',
  commit: 'io.vitrine.commit',
} as const
