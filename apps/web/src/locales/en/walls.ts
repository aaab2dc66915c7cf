export default {
  title: 'Security',
  text: 'Which walls stand between the code of algorithms, this machine, the platform and other people. All states are measured on this machine.',
  since: 'On {hostname}. Settings were read when the platform started: {time}.',
  summary: 'Walls by state',
  list: 'All walls',
  found: 'Found on this machine',
  copy: 'Copy the command or setting',
  outside: 'Services without a sandbox',
  unfiltered: 'Services without the filter of system calls',
  on_ports: 'Services that listen on a port',
  on_network: 'Services that reach the network',
  instance_count: '{n} instance | {n} instances',
  see: 'View the security of this machine',
  state: { stands: 'In place', in_part: 'In place, with gaps', missing: 'Missing', unknown: 'Not known' },
  name: {
    service_accounts: 'Accounts of services',
    sandbox: 'Sandbox',
    limits: 'Limits of instances',
    instance_addresses: 'Addresses of instances',
    network: 'Network of algorithms',
    build_network: 'Network of builds',
    url_inputs: 'Inputs by address',
    control_plane: 'Account of the control plane',
    database: 'Account of the database',
    gateway: 'Gateway',
    transport: 'HTTPS',
    quotas: 'Quotas of people',
  },
  protects: {
    service_accounts:
      'Keeps an algorithm from reading the files of another one and from ending its processes.',
    sandbox:
      'Keeps instances, builds and media jobs from seeing anything of this machine except their own folders and processes, and the system for reading.',
    limits: 'Keeps one algorithm from taking the memory, processor and processes that all others need.',
    instance_addresses: 'Keeps other accounts of this machine from calling an instance without signing in.',
    network:
      'Keeps algorithms from sending data out, and from your internal network, the databases of this machine and what listens only for it.',
    build_network:
      'Keeps code that packages run while they are installed from the platform, your internal network, the metadata of a cloud and what listens only for this machine.',
    url_inputs: 'Keeps callers from making an algorithm fetch addresses inside your network.',
    control_plane: 'Keeps a mistake in the platform from giving away the whole machine.',
    database:
      'Keeps algorithms and other programs of this machine from the files of the database: people, keys and runs.',
    gateway:
      'Keeps a mistake in what answers strangers from giving away the machine, and other programs from posing as the gateway.',
    transport: 'Keeps passwords, inputs and results from being read or changed on their way.',
    quotas: 'Keeps one person from taking the runs, storage and connections of all others.',
  },
  fact: {
    account_block: 'Each service and each job has its own account, with a number from {first} to {last}',
    bubblewrap: 'bubblewrap {version}',
    system_calls_filtered: 'Sandboxes refuse system calls that attacks on the kernel use',
    instances_inside: 'Running instances in a sandbox: {count}',
    cgroup: 'cgroups version {version} enforce {controllers} ({folder})',
    open_files_rlimit: 'The open files of every process are limited by an rlimit',
    cpu_ceiling: 'Most cores of an instance: {cores}',
    instances_on_sockets: 'Running instances that listen on a unix socket: {count}',
    instances_cut_off: 'Running instances that are cut off from the network: {count}',
    network_ceiling: 'The ceiling that the administrator has set: {setting}',
    builds_cut_off: 'Builds reach nothing of the network',
    build_hosts: 'All that builds reach of the network: {hosts}',
    urls_refused: 'Instances refuse inputs that are given as an address',
    runs_as: '{process} runs as {account}',
    database_external: 'A database of your own is used (DATABASE_URL), on {host}',
    gateway_kind: 'Driver: {kind}',
    socket_for_group: 'Besides the platform itself, only the group {group} can connect to the control plane',
    https: 'People use {url}; browsers are told to use HTTPS only',
    trusted_proxies: 'Trusted proxies: {proxies}',
    quotas_default: 'All quotas have their default values',
    quotas_set: 'Different from the default: {settings}',
  },
  why: {
    not_root: 'An ordinary user ({account}) started the platform, so all algorithms share this account.',
    no_setpriv: '{path} is missing. Processes need it to give up root.',
    no_account_numbers: 'This machine has no free block of numbers for accounts.',
    folder_closed: 'Other accounts cannot enter {path}, so algorithms run as root.',
    node_closed: 'Other accounts cannot run {path}, so algorithms run as root.',
    sandbox_off: 'It was switched off with VITRINE_SANDBOX=off.',
    bubblewrap_missing: 'bubblewrap is not installed on this machine.',
    bubblewrap_refused: 'bubblewrap does not work on this machine. It said: {said}',
    system_calls_open:
      'Sandboxes work here only without the filter of system calls, so all calls of the kernel are reachable from inside. {said}',
    namespaces_apparmor:
      'AppArmor restricts user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1).',
    namespaces_root_only: 'Only root may create user namespaces (kernel.unprivileged_userns_clone is 0).',
    namespaces_none: 'No user namespaces are allowed (user.max_user_namespaces is 0).',
    instances_unfiltered:
      'Running instances whose sandbox has no filter of system calls, because they were started before it: {count}.',
    instances_outside: 'Running instances that were started without a sandbox: {count}.',
    cgroups_closed: 'The platform cannot create cgroups here with all of memory, cpu and pids.',
    memory_watched:
      'Memory is only checked once a second, so an instance can exceed its limit for that long.',
    processes_watched:
      'Processes are only checked once a second, and only if the owner of a service has stated a limit.',
    cpu_not_enforced: 'Nothing limits the processor. One instance can take all cores.',
    memory_unlimited:
      'Memory is only checked once a second, and only if the owner of a service has stated a limit.',
    cpu_unlimited: 'There is no ceiling for the processor. One instance can take all cores.',
    nothing_runs: 'No instance is running, so there is nothing to measure.',
    instances_on_ports:
      'Running instances that listen on a port of {host}, which every account of this machine can call: {count}.',
    sockets_open:
      'Every account of this machine can call instances by their sockets, because this account is not in the group {group}.',
    instances_on_network:
      'Running instances that reach everything that this machine reaches, what listens only for it included: {count}.',
    network_shared: 'Sandboxes on this machine cannot be cut off from the network.',
    builds_on_network:
      'Code that packages run while they are installed reaches everything that this machine reaches, what listens only for it included.',
    builds_refused:
      'VITRINE_BUILD_NETWORK asks for builds without the network of the machine, so none begins.',
    urls_allowed: 'Instances are told to fetch inputs from addresses (VITRINE_ALLOW_URLS).',
    control_plane_root: 'The control plane runs as root so that it can give services their own accounts.',
    supervisord_root: 'supervisord runs as root so that it can start services with their own accounts.',
    same_account: 'It has the same account as the algorithms ({account}). Only a sandbox separates them.',
    database_account_shared: 'It has the account {account}, which other programs also use.',
    database_superuser: 'The role {role} may do everything on that database server.',
    gateway_root: 'The process that answers requests runs as root.',
    socket_open:
      'Every account of this machine can connect to the control plane as if it were the gateway, because this account is not in the group {group}.',
    open_without_https:
      'The platform listens on {host} without HTTPS. Others in the network can read passwords.',
    local_without_https:
      'The platform listens only on {host} and knows of no HTTPS. Behind a proxy that it does not know, cookies are not protected, and all people have one address.',
    no_trusted_proxies:
      'No proxy is trusted, so all people behind it have one address: the wrong passwords of one lock out all.',
    quota_at_most: '{setting} is as high as it can be set ({value}), so it hardly limits anybody.',
  },
  act: {
    not_root: 'Start the platform as root. Or use only packages that you trust.',
    no_setpriv: 'Install util-linux, then start the platform again.',
    no_account_numbers:
      'Set a block of at least 100 numbers that nothing uses, then start the platform again.',
    folder_closed:
      'Let other accounts pass through the folder, or choose another data folder (VITRINE_DATA_DIR). Then start the platform again.',
    node_closed: 'Install Node where every account can run it, for example in /usr/local. Then start again.',
    sandbox_off: 'Remove the setting, then start the platform again.',
    bubblewrap_missing: 'Install it, then start the platform again.',
    bubblewrap_refused:
      'The kernel or the container must allow user namespaces. In a container, change its security options. Then start the platform again.',
    system_calls_open:
      'The filter needs seccomp in the kernel, and x86-64 or ARM64. In a container, its security options must allow it.',
    namespaces_apparmor:
      'Switch the restriction off (also in /etc/sysctl.d, to keep it), or give bwrap an AppArmor profile. Then start the platform again.',
    namespaces_root_only: 'Allow them (also in /etc/sysctl.d, to keep it). Then start the platform again.',
    namespaces_none: 'Allow them (also in /etc/sysctl.d, to keep it). Then start the platform again.',
    instances_unfiltered: 'Restart these services.',
    instances_outside: 'Restart these services once the sandbox works.',
    cgroups_closed:
      'Run the platform as a systemd unit with these two lines (systemd 254 or newer), or as root where no systemd owns the groups.',
    memory_watched: 'With cgroups, the kernel enforces it at once.',
    processes_watched: 'With cgroups, the kernel enforces it at once, for all instances.',
    cpu_not_enforced: 'With cgroups, the kernel enforces the limit.',
    memory_unlimited: 'Set a ceiling for all instances, then start the platform again.',
    cpu_unlimited: 'Set a ceiling for all instances, then start the platform again.',
    nothing_runs: 'Look at this page again while a service runs.',
    instances_on_ports:
      'Whoever can sign in to this machine can call them past the gateway. Let nobody else sign in to it, and run nothing else on it.',
    sockets_open: 'Add the account to the group, then start the platform again.',
    instances_on_network:
      'Set the network of a service to “None” in its settings. VITRINE_NETWORK is the default of new services, VITRINE_CEILING_NETWORK the most of all; a ceiling applies to instances that are created from then on. With the ceiling none, packages with a server of their own (FastAPI, Flask, Gradio and others) cannot run.',
    network_shared: 'This needs a bubblewrap that can create network namespaces; see the sandbox.',
    builds_on_network:
      'Let builds reach the registries of packages alone, and name further hosts that they need in VITRINE_BUILD_HOSTS. Then start the platform again.',
    builds_refused:
      'Mend the sandbox, or let builds have the network of the machine. Then start the platform again.',
    urls_allowed: 'Allow this only if algorithms may reach everything in the network of this machine.',
    control_plane_root:
      'Stop everything with npm run down, then start as root with this setting: root hands the data folder over, and the platform runs without root from then on. Where that cannot be done, the start says why.',
    supervisord_root:
      'Stop everything with npm run down, then start as root with this setting: root hands the data folder over, and supervisord runs without root from then on. Where that cannot be done, the start says why.',
    same_account: 'Start the platform as root, so that each part has its own account.',
    database_account_shared:
      'Stop the platform, create the account vitrine-db, and give it everything that begins with “postgres” in the data folder. Then start again.',
    database_superuser: 'Give the platform a role that owns only its own database.',
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
