export default {
  title: 'What differs between releases #{from} and #{to}',
  before: 'Before',
  after: 'After',
  release: 'Release #{number}',
  path: 'What',
  same: 'These two releases do not differ',
  area: {
    manifest: 'Manifest',
    parameters: 'Parameters',
    environment: 'Environment',
    config: 'Settings of the service',
  },
  files: 'Files ({count})',
  files_cut: 'More files differ; only the first {count} are listed.',
  change: { added: 'Added', removed: 'Removed', changed: 'Changed' },
  no_patch: 'Binary, or too long to show.',
}
