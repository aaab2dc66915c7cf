import type { Share } from '@vitrine/contract'

/** A link to a stage, with a limited number of runs, an end and a password. */
export const sharedStage: Share = {
  id: '00000000-0000-4000-8000-000000000001',
  kind: 'stage',
  target_id: 'one',
  service_id: 'one',
  title: 'Cats',
  text: '',
  may_run: true,
  max_runs: 100,
  runs_used: 3,
  views: 5,
  last_viewed_at: '2025-12-31T00:00:00Z',
  has_password: true,
  embed_origins: [],
  expires_at: '2026-01-05T00:00:00Z',
  revoked_at: null,
  state: 'active',
  created_by: 'li',
  created_at: '2025-12-01T00:00:00Z',
}
