import { defineError } from '../lib/errors.ts'

/** Another control plane uses the data folder, so this one does not start. One in another container has no pid that is known here. */
export const dataFolderHeld = defineError<{ data_folder: string; pid: number | null }>({
  code: 'data_folder.held',
  zh: ({ data_folder: folder, pid }) =>
    `数据文件夹 ${folder} 正由另一个控制面使用（${pid === null ? '在另一个容器里' : `进程 ${pid}`}）。一个数据文件夹同时只能由一个控制面使用：请${pid === null ? '' : '用 npm run down '}停止它，或为当前控制面设置另一个 VITRINE_DATA_DIR`,
  en: ({ data_folder: folder, pid }) =>
    `The data folder ${folder} is in use by another control plane (${pid === null ? 'in another container' : `process ${pid}`}). Only one control plane can use a data folder at a time. Stop the other one${pid === null ? '' : ' with npm run down'}, or set another VITRINE_DATA_DIR for this one`,
})

/**
 * A control plane cannot stand by for one that leads from another machine, container or data folder: it could neither adopt what
 * that one runs, nor end it.
 */
export const leaderElsewhere = defineError<{ data_folder: string; leader: string }>({
  code: 'data_folder.leader_elsewhere',
  zh: ({ data_folder: folder, leader }) =>
    `正在使用数据库的控制面（${leader}）不在本机的数据文件夹 ${folder} 上，所以当前控制面不能为它待命（VITRINE_STANDBY）。请在同一台机器（同一个容器）上、用同一个 VITRINE_DATA_DIR 启动两者`,
  en: ({ data_folder: folder, leader }) =>
    `The control plane that uses the database (${leader}) does not run on the data folder ${folder} of this machine, so this one cannot stand by for it (VITRINE_STANDBY). Start both on the same machine (in the same container) with the same VITRINE_DATA_DIR`,
})
