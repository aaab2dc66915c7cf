import { defineError } from '../../lib/errors.ts'

/** The database was made by a build whose migrations this one does not have; nothing was changed in it. */
export const databaseOfAnotherBuild = defineError({
  code: 'database.of_another_build',
  status: 503,
  zh: () =>
    '数据库由另一个版本创建（未发布的旧版本，或更新的版本），当前版本无法使用，其中的数据未被改动。请改用创建它的版本启动；或者换一个空的数据文件夹（VITRINE_DATA_DIR），使用 DATABASE_URL 时再换一个空的数据库',
  en: () =>
    'The database was made by another build (an older one that was never released, or a newer one) and cannot be used by this one; nothing was changed in it. Start the build that made it, or start with an empty data folder (VITRINE_DATA_DIR) and, where DATABASE_URL is set, an empty database',
})
