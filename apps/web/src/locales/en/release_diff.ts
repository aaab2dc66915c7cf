export default {
  title: 'Differences between releases #{from} and #{to}',
  before: 'Before',
  after: 'After',
  release: 'Release #{number}',
  path: 'Item',
  same: 'These two releases are identical',
  area: {
    manifest: 'Manifest',
    parameters: 'Parameters',
    environment: 'Environment',
    config: 'Settings of the service',
  },
  files: 'Files ({count})',
  files_cut: 'More files differ. Only the first {count} are listed.',
  change: { added: 'Added', removed: 'Removed', changed: 'Changed' },
  no_patch: 'Binary file, or too long to show.',
}
