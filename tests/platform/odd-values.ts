/** Values of path parameters that no route expects. */
export const oddNames = [
  '..',
  '%00',
  '%2e%2e%2f%2e%2e',
  "'; drop table tasks; --",
  'a'.repeat(5_000),
  '😀',
  '-1',
  'null',
]
/** Bodies that no route expects. */
export const oddBodies: unknown[] = [
  null,
  [],
  'text',
  42,
  {},
  { algorithm_id: { $ne: null } },
  { service_id: 'owned', input_data: [] },
  { service_id: 'owned', input_data: 'x', parameters: [] },
  { name: '\u0000', username: '\u0000', password: 'x'.repeat(2_000) },
  { to: { username: '\u0000' }, level: 'own' },
  { algorithm_id: 'owned', ref: '--upload-pack=x', service_id: 'odd' },
  { algorithm_id: 'owned', service_id: 'odd', service_config: { port: 0.5, timeout: -1 } },
  { release: 1e300 },
  { __proto__: { admin: true }, constructor: 1 },
]
/** Queries that no route expects. */
export const oddQueries = [
  'page=0',
  'page=1e9',
  'page_size=-1',
  'q=%00',
  'sort=%27',
  'page[]=1',
  'lines=x',
  'ref=%2e%2e',
]
