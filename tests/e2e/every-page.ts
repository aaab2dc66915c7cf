/**
 * Every page of the application that has a fixed address or that of the service `kinds` (kinds.ts), with the
 * text that is there once it has loaded: as it is, or by its key.
 */
export const everyPage: readonly { path: string; shows: string }[] = [
  { path: '/', shows: '各种结果' },
  { path: '/stage/kinds', shows: 'stage.run' },
  { path: '/stage/kinds?tab=code', shows: 'stage.copy_code' },
  { path: '/compare', shows: 'compare.columns' },
  { path: '/shares', shows: 'shares.to_showcase' },
  { path: '/services', shows: '各种结果' },
  { path: '/services/kinds', shows: 'services.url' },
  { path: '/services/kinds?tab=log', shows: 'service_log.follow' },
  { path: '/services/kinds?tab=releases', shows: 'services.release_status.active' },
  { path: '/services/kinds?tab=metrics', shows: 'metrics.see_calls' },
  { path: '/services/kinds?tab=instances', shows: 'services.processes' },
  { path: '/services/kinds?tab=settings', shows: 'service_settings.replicas' },
  { path: '/services/kinds?tab=tasks', shows: 'tasks.states.succeeded' },
  { path: '/services/kinds/presentation', shows: 'presentation.publish' },
  { path: '/calls', shows: 'calls.any_status' },
  { path: '/ports', shows: 'ports.state.listening' },
  { path: '/host', shows: 'host.limits' },
  { path: '/security', shows: 'walls.name.sandbox' },
  { path: '/deploy', shows: 'deploy.drop.title' },
  { path: '/algorithms', shows: '各种结果' },
  { path: '/models', shows: 'models.empty' },
  { path: '/algorithms/kinds', shows: 'algorithms.tab.code' },
  { path: '/settings', shows: 'settings.keys.create' },
  { path: '/settings?tab=users', shows: 'settings.users.add' },
  { path: '/settings?tab=audit', shows: 'audit.action.deploy' },
  { path: '/account', shows: 'settings.account.change' },
  { path: '/no-such-page', shows: 'app.not_found.title' },
]
