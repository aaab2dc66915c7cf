const words = (text: string): string[] => text.split(' ')

/**
 * The variables of services that nobody may set: those that the platform itself sets for every instance, and those with
 * which a loader, a shell, an interpreter or a library runs a program that the package does not name. Otherwise a
 * person who deploys somebody else's package could run their own code in it, even if they may not change the package.
 * `reserved_variables.py` of the Python runtime has the same lists; tests hold both to `names_of_variables.json`.
 *
 * This list cannot contain the variables of every single package (`FLASK_APP`, `JAVA_OPTS` …). So a service does not
 * get a private file of a person only because of its package.
 */
const reservedVariables: ReadonlySet<string> = new Set([
  // Variables that the platform sets.
  ...words('PATH HOME TMPDIR USER LOGNAME HOST PORT PWD OLDPWD SHLVL _ LISTEN_FDS LISTEN_PID LISTEN_FDNAMES'),
  // Shells, and names of programs that others run.
  ...words(
    'IFS ENV SHELL SHELLOPTS BASHOPTS PS4 PROMPT_COMMAND ZDOTDIR BROWSER PAGER MANPAGER EDITOR VISUAL',
  ),
  ...words('LESSOPEN LESSCLOSE MAILCAPS CC CXX LDSHARED NVCC CUDA_HOME SSH_ASKPASS SUDO_ASKPASS'),
  ...words('GCC_EXEC_PREFIX COMPILER_PATH XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_DIRS'),
  // Interpreters and virtual machines.
  ...words('GUNICORN_CMD_ARGS COVERAGE_PROCESS_START PERLLIB CLASSPATH JAVA_HOME JAVA_TOOL_OPTIONS'),
  ...words('_JAVA_OPTIONS IBM_JAVA_OPTIONS OPENJ9_JAVA_OPTIONS PHPRC PHP_INI_SCAN_DIR BUN_OPTIONS R_HOME'),
  ...words('R_PROFILE R_PROFILE_USER R_ENVIRON R_ENVIRON_USER R_LIBS R_LIBS_USER R_LIBS_SITE'),
  ...words('R_DEFAULT_PACKAGES ELIXIR_ERL_OPTIONS TCLLIBPATH TCL_LIBRARY GS_LIB GS_OPTIONS'),
  // Libraries that load others.
  ...words('LOCPATH KRB5_CONFIG SASL_PATH SASL_CONF_PATH GTK_PATH GTK_MODULES GIO_EXTRA_MODULES'),
  ...words('GIO_MODULE_DIR GI_TYPELIB_PATH GDK_PIXBUF_MODULE_FILE GDK_PIXBUF_MODULEDIR QT_PLUGIN_PATH'),
  ...words('QT_QPA_PLATFORM_PLUGIN_PATH QML_IMPORT_PATH QML2_IMPORT_PATH LIBVA_DRIVERS_PATH'),
  ...words('LIBGL_DRIVERS_PATH OPENCL_VENDOR_PATH OMP_TOOL_LIBRARIES CUDA_INJECTION64_PATH'),
  ...words('CUDA_INJECTION32_PATH NCCL_NET_PLUGIN NCCL_TUNER_PLUGIN NCCL_PROFILER_PLUGIN HDF5_PLUGIN_PATH'),
  ...words('FREI0R_PATH LADSPA_PATH MAGICK_HOME MAGICK_CONFIGURE_PATH MAGICK_CODER_MODULE_PATH'),
  ...words('MAGICK_CODER_FILTER_PATH OPENCV_CORE_PLUGIN_PATH OPENCV_VIDEOIO_PLUGIN_PATH GDAL_DRIVER_PATH'),
  ...words('GDAL_PYTHON_DRIVER_PATH GDAL_VRT_ENABLE_PYTHON OGR_DRIVER_PATH'),
])
const reservedPrefixes = [
  ...words(
    'VITRINE_ LD_ DYLD_ GLIBC_ GCONV_ BASH_ MALLOC_ OPENSSL_ SSL_ENGINE GIT_ PYTHON NODE_ NPM_CONFIG_',
  ),
  ...words('npm_config_ YARN_ PNPM_ COREPACK_ PIP_ UV_ PERL5 RUBY GEM_ BUNDLE_ JDK_ LUA_ JULIA_ DENO_ ERL_'),
  ...words('DOTNET_ CORECLR_ COR_ COMPlus_ JUPYTER_ IPYTHON GST_PLUGIN_ GST_REGISTRY VK_ADD_ VK_DRIVER'),
  ...words('VK_ICD VK_LAYER __EGL_ OCL_ICD_ OMPI_MCA_ TRITON_'),
]
/** Names with such a prefix that run nothing. People and images set them. */
const harmlessVariables: ReadonlySet<string> = new Set([
  ...words('PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE PYTHONHASHSEED PYTHONIOENCODING PYTHONUTF8'),
  ...words('PYTHONOPTIMIZE PYTHONFAULTHANDLER PYTHONTRACEMALLOC PYTHONASYNCIODEBUG PYTHONMALLOC'),
  ...words('PYTHONNOUSERSITE PYTHONSAFEPATH PYTHONINTMAXSTRDIGITS PYTHON_GIL PYTHON_COLORS PYTHON_CPU_COUNT'),
  ...words('PYTHON_VERSION NODE_ENV NODE_VERSION NODE_NO_WARNINGS NODE_DEBUG NODE_DISABLE_COLORS'),
  ...words('NODE_EXTRA_CA_CERTS NODE_USE_ENV_PROXY NODE_USE_SYSTEM_CA NODE_APP_INSTANCE PIP_NO_CACHE_DIR'),
  ...words(
    'PIP_DISABLE_PIP_VERSION_CHECK UV_THREADPOOL_SIZE JULIA_NUM_THREADS DOTNET_ENVIRONMENT GIT_COMMIT',
  ),
  ...words('GIT_SHA GIT_BRANCH GIT_TAG GIT_REVISION GIT_TOKEN GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL'),
  ...words('GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL'),
])

/** Whether nobody may set a variable, because it belongs to the platform or decides which code is run. Pure. */
export const isReservedVariable = (name: string): boolean =>
  reservedVariables.has(name) ||
  (reservedPrefixes.some((prefix) => name.startsWith(prefix)) && !harmlessVariables.has(name))
