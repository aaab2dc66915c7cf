/**
 * How long the parts of a deploy may take at most, in milliseconds. How long an instance may take to become ready is
 * stated by its package (`startup_timeout_s` in the contract's `health-check.ts`), a golden example may take as long as any
 * request of the service (`service.timeout` in the contract's `config-key-table.ts`), a model file has its own limits (`models/fetch-bytes.ts`), and so have the
 * last requests of the old instances (`rollouts/retire.ts`).
 */
export const deployTimeouts = {
  /** Each command that installs what a package needs: long enough for a large download over a slow connection. */
  install: 60 * 60 * 1000,
  /** The whole build of an image, with the base image that is fetched for it. */
  image: 2 * 60 * 60 * 1000,
  /** An image that Docker has lost, on its way back from the registry before a start: callers may wait for it. */
  pull: 30 * 60 * 1000,
  /** How long such a command may print nothing: package managers say nothing while they download one large file. */
  silence: 30 * 60 * 1000,
}
