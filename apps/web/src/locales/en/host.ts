export default {
  title: 'Host',
  text: 'How much of this machine is in use, by the platform and by each service',
  cpu: 'CPU',
  memory: 'Memory',
  cores: '{count} cores',
  used_of: '{used} of {total} used',
  load: 'Load',
  load_text: 'the last 1, 5 and 15 minutes',
  uptime: 'uptime',
  cpu_hour: 'CPU in the last hour (cores)',
  memory_hour: 'Memory in the last hour (GB)',
  no_points: 'Recording has just started. The chart appears in a moment.',
  shares: 'Usage by process',
  process: {
    control_plane: 'Control plane',
    gateway: 'Gateway',
    supervisord: 'supervisord',
    database: 'Database',
  },
  all_services: 'All services',
  services_text: '{running} of {total} running · {instances} instances · {files} open files',
  disks: 'Disks',
  see_ports: 'View the ports',
  limits: 'How this machine enforces the limits of services',
  by: {
    cgroup: 'Enforced by cgroups',
    rlimit: 'Enforced by rlimits',
    watch: 'The platform checks regularly and ends an instance that exceeds it',
    nothing: 'This machine cannot enforce it; the setting has no effect',
  },
  ceiling: {
    memory: 'At most {count} MB for each instance',
    cpu: 'At most {count} cores for each instance',
    open_files: 'At most {count} for each process',
    processes: 'At most {count} for each instance',
  },
  sandbox: 'Sandbox of instances and builds',
  sandbox_state: {
    on: 'Every instance, build and media job runs in a sandbox',
    off: 'Switched off (VITRINE_SANDBOX=off)',
    missing: 'bubblewrap is not installed on this machine',
    refused: 'bubblewrap does not work on this machine',
  },
  sandbox_on:
    'It sees only its own folders and processes, and read-only system files. An instance that was already running gets its sandbox at its next deployment or restart.',
  sandbox_filtered:
    'System calls that programs do not need, and that are commonly used to attack the kernel, are blocked.',
  sandbox_unfiltered:
    'Programs in it can make any system call, because the filter does not work on this machine.',
  sandbox_missing:
    'Algorithms and builds run without a sandbox: they see the other processes and all readable files of this machine.',
  gateways: { embedded: 'Embedded gateway', nginx: 'nginx' },
}
