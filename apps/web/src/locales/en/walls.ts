export default {
  title: 'Security',
  text: 'The walls between the code of algorithms, this machine, the platform and other people. Every state is measured on this machine.',
  since: 'On {hostname}. Settings were read when the platform started: {time}.',
  summary: 'Walls by state',
  list: 'All walls',
  found: 'Found on this machine',
  copy: 'Copy the command or setting',
  outside: 'Services without a sandbox',
  unfiltered: 'Services without a system call filter',
  on_ports: 'Services that listen on a port',
  on_network: 'Services that can reach the network',
  instance_count: '{n} instance | {n} instances',
  see: 'View the security of this machine',
  state: { stands: 'In place', in_part: 'In place, with gaps', missing: 'Missing', unknown: 'Not known' },
  name: {
    service_accounts: 'Service accounts',
    sandbox: 'Sandbox',
    limits: 'Instance limits',
    instance_addresses: 'Instance addresses',
    network: 'Network access of algorithms',
    build_network: 'Network access of builds',
    url_inputs: 'Inputs given as URLs',
    control_plane: 'Control plane account',
    database: 'Database account',
    gateway: 'Gateway',
    transport: 'HTTPS',
    quotas: 'Quotas per person',
  },
  protects: {
    service_accounts: 'Keeps one algorithm from reading another’s files or killing its processes.',
    sandbox:
      'Instances, builds and media jobs see only their own folders and processes, and the system files, which they cannot change.',
    limits: 'Keeps one algorithm from taking the memory, processor and processes that all others need.',
    instance_addresses: 'Keeps other accounts of this machine from calling an instance without signing in.',
    network:
      'Keeps algorithms from sending data out, and from your internal network, the databases on this machine and services that listen on localhost only.',
    build_network:
      'Keeps code that packages run during installation away from the platform, your internal network, the cloud’s metadata service and services that listen on localhost only.',
    url_inputs: 'Keeps callers from making an algorithm fetch URLs inside your network.',
    control_plane: 'Keeps a bug in the platform from exposing the whole machine.',
    database:
      'Keeps algorithms and other programs on this machine away from the database files: users, keys and runs.',
    gateway:
      'Keeps a bug in the public-facing process from exposing the machine, and other programs from impersonating the gateway.',
    transport: 'Keeps passwords, inputs and results from being read or changed in transit.',
    quotas: 'Keeps one person from using up everybody’s runs, storage and connections.',
  },
  fact: {
    account_block: 'Each service and each job has its own account, with a number from {first} to {last}',
    bubblewrap: 'bubblewrap {version}',
    system_calls_filtered: 'Sandboxes block system calls that are commonly used to attack the kernel',
    instances_inside: 'Running instances in a sandbox: {count}',
    instances_elsewhere:
      'Running instances in a cluster, at which this machine cannot look: {count}. The cluster separates them',
    cgroup: 'cgroups version {version} enforce {controllers} ({folder})',
    open_files_rlimit: 'The open files of every process are limited by an rlimit',
    cpu_ceiling: 'Maximum cores per instance: {cores}',
    instances_on_sockets: 'Running instances that listen on a unix socket: {count}',
    instances_cut_off: 'Running instances isolated from the network: {count}',
    network_ceiling: 'Maximum set by the administrator: {setting}',
    builds_cut_off: 'Builds have no network access',
    build_hosts: 'Everything that builds can reach: {hosts}',
    urls_refused: 'Instances reject inputs given as URLs',
    runs_as: '{process} runs as {account}',
    database_external: 'A database of your own is used (DATABASE_URL), on {host}',
    gateway_kind: 'Driver: {kind}',
    socket_for_group:
      'Apart from the platform itself, only the group {group} can connect to the control plane',
    https: 'People use {url}; browsers are told to use HTTPS only',
    trusted_proxies: 'Trusted proxies: {proxies}',
    quotas_default: 'All quotas have their default values',
    quotas_set: 'Different from the default: {settings}',
  },
  why: {
    not_root: 'An ordinary user ({account}) started the platform, so all algorithms share this account.',
    no_setpriv: '{path} is missing. Processes need it to give up root.',
    no_account_numbers: 'This machine has no free block of user IDs.',
    folder_closed: 'Other accounts cannot enter {path}, so algorithms run as root.',
    node_closed: 'Other accounts cannot run {path}, so algorithms run as root.',
    sandbox_off: 'It was switched off with VITRINE_SANDBOX=off.',
    bubblewrap_missing: 'bubblewrap is not installed on this machine.',
    bubblewrap_refused: 'bubblewrap does not work on this machine. It said: {said}',
    system_calls_open:
      'Sandboxes only work here without the system call filter, so code inside can make any system call. {said}',
    namespaces_apparmor:
      'AppArmor restricts user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1).',
    namespaces_root_only: 'Only root may create user namespaces (kernel.unprivileged_userns_clone is 0).',
    namespaces_none: 'No user namespaces are allowed (user.max_user_namespaces is 0).',
    instances_unfiltered: 'Running instances started before the system call filter was in place: {count}.',
    instances_outside: 'Running instances that were started without a sandbox: {count}.',
    cgroups_closed: 'The platform cannot create cgroups with memory, cpu and pids here.',
    memory_watched:
      'Memory is only checked once a second, so an instance can exceed its limit for that long.',
    processes_watched:
      'Processes are only checked once a second, and only if the owner of a service has set a limit.',
    cpu_not_enforced: 'CPU use is not limited. One instance can use all cores.',
    memory_unlimited:
      'Memory is only checked once a second, and only if the owner of a service has stated a limit.',
    cpu_unlimited: 'There is no CPU limit. One instance can use all cores.',
    nothing_runs: 'No instance is running on this machine, so there is nothing to measure.',
    instances_on_ports:
      'Running instances that listen on a port of {host}, which any account on this machine can call: {count}.',
    sockets_open:
      'Any account on this machine can call instances through their sockets, because this account is not in the group {group}.',
    instances_on_network:
      'Running instances that can reach everything this machine can, including services that listen on localhost only: {count}.',
    network_shared: 'Sandboxes on this machine cannot be isolated from the network.',
    builds_on_network:
      'Code that packages run during installation can reach everything this machine can, including services that listen on localhost only.',
    builds_refused:
      'VITRINE_BUILD_NETWORK requires builds to be isolated from the machine’s network, so no build can start.',
    urls_allowed: 'Instances may fetch inputs from URLs (VITRINE_ALLOW_URLS).',
    control_plane_root: 'The control plane runs as root so that it can give services their own accounts.',
    root_kept: 'Root was kept at this start because: {reason}.',
    supervisord_root: 'supervisord runs as root so that it can start services with their own accounts.',
    same_account:
      'It runs under the same account as the algorithms ({account}). Only the sandbox separates them.',
    database_account_shared: 'It runs as {account}, which other programs also use.',
    database_superuser: 'The role {role} is a superuser on that database server.',
    gateway_root: 'The process that answers requests runs as root.',
    socket_open:
      'Any account on this machine can connect to the control plane as if it were the gateway, because this account is not in the group {group}.',
    open_without_https:
      'The platform listens on {host} without HTTPS. Others on the network can read passwords.',
    local_without_https:
      'The platform listens only on {host} and has no HTTPS configured. Behind a proxy that it does not know about, cookies are not protected, and everybody shares one address.',
    no_trusted_proxies:
      'No proxy is trusted, so everybody behind one shares an address: one person’s wrong passwords lock everybody out.',
    quota_at_most: '{setting} is set to its maximum ({value}), so it hardly limits anybody.',
  },
  act: {
    not_root: 'Start the platform as root. Otherwise, use only packages that you trust.',
    no_setpriv: 'Install util-linux, then start the platform again.',
    no_account_numbers: 'Set a block of at least 100 unused user IDs, then start the platform again.',
    folder_closed:
      'Allow other accounts to traverse the folder, or choose another data folder (VITRINE_DATA_DIR). Then start the platform again.',
    node_closed: 'Install Node where every account can run it, for example in /usr/local. Then start again.',
    sandbox_off: 'Remove the setting, then start the platform again.',
    bubblewrap_missing: 'Install it, then start the platform again.',
    bubblewrap_refused:
      'The kernel or the container must allow user namespaces. In a container, change its security options. Then start the platform again.',
    system_calls_open:
      'The filter needs seccomp in the kernel, and x86-64 or ARM64. In a container, its security options must allow it.',
    namespaces_apparmor:
      'Turn the restriction off (and in /etc/sysctl.d, to make it permanent), or give bwrap an AppArmor profile. Then start the platform again.',
    namespaces_root_only:
      'Allow them (and in /etc/sysctl.d, to make it permanent). Then start the platform again.',
    namespaces_none:
      'Allow them (and in /etc/sysctl.d, to make it permanent). Then start the platform again.',
    instances_unfiltered: 'Restart these services.',
    instances_outside: 'Restart these services once the sandbox works.',
    cgroups_closed:
      'Run the platform as a systemd unit with these two lines (systemd 254 or newer), or as root if systemd does not manage the groups.',
    memory_watched: 'With cgroups, the kernel enforces it immediately.',
    processes_watched: 'With cgroups, the kernel enforces it immediately, for all instances.',
    cpu_not_enforced: 'With cgroups, the kernel enforces the limit.',
    memory_unlimited: 'Set a limit for all instances, then start the platform again.',
    cpu_unlimited: 'Set a limit for all instances, then start the platform again.',
    nothing_runs: 'Come back to this page while a service is running.',
    instances_on_ports:
      'Anyone who can log in to this machine can bypass the gateway and call them. Do not give others an account on it, and run nothing else on it.',
    sockets_open: 'Add the account to the group, then start the platform again.',
    instances_on_network:
      'Set the network of a service to “None” in its settings. VITRINE_NETWORK sets the default for new services, and VITRINE_CEILING_NETWORK the maximum for all; the maximum applies to instances created from then on. If the maximum is none, packages with their own server (FastAPI, Flask, Gradio and others) cannot run.',
    network_shared: 'This needs a bubblewrap that can create network namespaces; see the sandbox.',
    builds_on_network:
      'Limit builds to the package registries, and list any other hosts that they need in VITRINE_BUILD_HOSTS. Then start the platform again.',
    builds_refused:
      'Fix the sandbox, or let builds use the machine’s network. Then start the platform again.',
    urls_allowed: 'Allow this only if algorithms may reach everything on this machine’s network.',
    control_plane_root:
      'Stop everything with npm run down, then start as root with this setting: root hands the data folder over, and the platform then runs without root. If that is not possible, the reason is shown here.',
    root_kept: 'Deal with this reason as it says. Until then, every start keeps root.',
    supervisord_root:
      'Stop everything with npm run down, then start as root with this setting: root hands the data folder over, and supervisord then runs without root. If that is not possible, the reason is shown here.',
    same_account: 'Start the platform as root, so that each part has its own account.',
    database_account_shared:
      'Stop the platform, create the account vitrine-db, and give it everything that begins with “postgres” in the data folder. Then start again.',
    database_superuser: 'Give the platform a role that owns nothing but its own database.',
    gateway_root: 'Use nginx as the gateway: its workers do not run as root. Install it, then start again.',
    socket_open: 'Add the account to the group, then start the platform again.',
    open_without_https:
      'Let the platform listen on this machine only, put a proxy with HTTPS in front of it, and set the addresses of both. Then start again.',
    local_without_https:
      'If there is a proxy with HTTPS, set its addresses and start again. If the platform is used only on this machine, nothing needs to be done.',
    no_trusted_proxies: 'Set the addresses of your proxies, then start the platform again.',
    quota_at_most: 'Set a lower value, then start the platform again.',
  },
}
