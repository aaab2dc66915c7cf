import { defineError } from '../../lib/errors.ts'
import type { LockHolder } from './lock-session.ts'

/** The database was made by a build whose migrations this one does not have; nothing was changed in it. */
export const databaseOfAnotherBuild = defineError({
  code: 'database.of_another_build',
  zh: () =>
    '数据库由另一个版本创建（未发布的旧版本，或更新的版本），当前版本无法使用，其中的数据未被改动。请改用创建它的版本启动；或者换一个空的数据文件夹（VITRINE_DATA_DIR），使用 DATABASE_URL 时再换一个空的数据库',
  en: () =>
    'The database was created by another build (an unreleased older one, or a newer one), and this build cannot use it. The database was not changed. Start the build that created it, or start with an empty data folder (VITRINE_DATA_DIR) and, if DATABASE_URL is set, an empty database',
})

/** Who has the control lock; `data_folder` is null where PostgreSQL does not show it to us. */
type HolderDetails = { holder: string; data_folder: string | null; since: string }

/** A holder as errors tell it. */
export const detailsOf = ({ owner, name, backend, since }: LockHolder): HolderDetails => ({
  holder: owner ? `${owner.pid}@${owner.host}` : name || `PostgreSQL session ${backend}`,
  data_folder: owner?.dataFolder ?? null,
  since: since.toISOString(),
})

const holderZh = ({ holder, data_folder: folder, since }: HolderDetails) =>
  `${holder}${folder === null ? '' : `，数据文件夹 ${folder}`}，自 ${since}`
const holderEn = ({ holder, data_folder: folder, since }: HolderDetails) =>
  `${holder}${folder === null ? '' : `, data folder ${folder}`}, since ${since}`

/** Another control plane uses the database, so this one does not start. */
export const databaseHeld = defineError<HolderDetails>({
  code: 'database.held',
  zh: (details) =>
    `数据库正由另一个控制面使用（进程 ${holderZh(details)}）。一个数据库同时只能由一个控制面使用：请停止它，或为当前控制面设置另一个 DATABASE_URL。如果那台机器已不存在，PostgreSQL 会在半分钟内发现，届时请重新启动`,
  en: (details) =>
    `The database is in use by another control plane (process ${holderEn(details)}). Only one control plane can use a database at a time. Stop the other one, or set another DATABASE_URL for this one. If that machine no longer exists, PostgreSQL notices within half a minute; then start again`,
})

/** Another control plane has taken the database over while this one had lost its lock, so this one ends. */
export const databaseTaken = defineError<HolderDetails>({
  code: 'database.taken',
  zh: (details) =>
    `与数据库的连接中断期间，另一个控制面接管了数据库（进程 ${holderZh(details)}）。当前控制面已结束，它的服务和网关继续运行。请停止其中一个，或为它们设置不同的 DATABASE_URL，然后重新启动`,
  en: (details) =>
    `While the connection to the database was lost, another control plane took over the database (process ${holderEn(details)}). This control plane has ended; its services and its gateway keep running. Stop one of the two, or set different DATABASE_URLs, then start again`,
})

/** A control plane that stands by is of a newer build than the one that leads: only a leader migrates the database. */
export const databaseOlder = defineError<HolderDetails>({
  code: 'database.older',
  zh: (details) =>
    `当前控制面的版本比数据库新，而数据库正由较旧的控制面使用（进程 ${holderZh(details)}），所以不能待命。请先升级并重新启动那个控制面，由它迁移数据库，再启动当前的`,
  en: (details) =>
    `This control plane is of a newer build than the database, which an older control plane uses (process ${holderEn(details)}), so it cannot stand by. First upgrade and restart that control plane, which then migrates the database, and start this one after it`,
})

/** This control plane does not hold the lock on the database at the moment. The same request can be sent again. */
export const controlLockLost = defineError({
  code: 'database.lock_lost',
  zh: () => '控制面暂时失去了数据库的使用权，正在重新获取，请稍后再试',
  en: () =>
    'The control plane has temporarily lost its lock on the database and is trying to get it back. Try again soon',
})

/**
 * A pooler uses one session of PostgreSQL for several connections, so the lock of a session does not protect the
 * database.
 */
export const databasePooled = defineError({
  code: 'database.pooled',
  zh: () =>
    'DATABASE_URL 指向按事务分配会话的连接池（如 PgBouncer 的 transaction 模式），控制面需要属于自己的会话。请直接连接 PostgreSQL，或使用 session 模式',
  en: () =>
    'DATABASE_URL points to a pooler that assigns sessions per transaction (for example PgBouncer in transaction mode), but the control plane needs its own sessions. Connect to PostgreSQL directly, or use session mode',
})

/**
 * The database does not answer, or the connection broke. A statement may be with the server already: one that was
 * stopped carries it out as soon as it goes on, and a connection may break after the commit and before its answer. So
 * nobody knows whether a change was saved. The platform uses no other source of values in the meantime.
 */
export const databaseUnavailable = defineError({
  code: 'database.unavailable',
  zh: () =>
    '数据库没有应答，无法确定刚才的修改是否已保存。请稍后查看，没有保存再重试。一直这样时，请管理员查看平台日志',
  en: () =>
    'The database does not answer, so it is not known whether a change was saved. Look again soon, and repeat it only if it was not. If it stays so, an administrator should look at the log of the platform',
})
