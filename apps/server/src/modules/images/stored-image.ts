/** An image as a release keeps it. */
export type StoredImage = {
  /** The digest of its configuration, which names it on its daemon: `sha256:…`. */
  id: string
  /** What its container starts. */
  command: string[]
  /** Where it is started. */
  folder: string
  /** Whether the package brought the Dockerfile, so that nothing of the platform is in it. */
  isOwn: boolean
  /** Its name at the registry, with the digest there: `registry.example/team/…@sha256:…`. Absent if it is on its daemon alone. */
  published?: string
}
