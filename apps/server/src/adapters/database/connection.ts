import type pg from 'pg'

/** How to reach a PostgreSQL server. */
export type DatabaseConnection =
  { url: string } | { host: string; user: string; password: string; database: string }

/** Converts a connection to the configuration of pg. */
export const configOf = (connection: DatabaseConnection): pg.ClientConfig =>
  'url' in connection ? { connectionString: connection.url } : connection
