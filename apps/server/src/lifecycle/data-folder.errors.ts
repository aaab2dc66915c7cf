import { defineError } from '../lib/errors.ts'

/** Another control plane uses the data folder, so this one does not start. One in another container has no pid that is known here. */
export const dataFolderHeld = defineError<{ data_folder: string; pid: number | null }>({
  code: 'data_folder.held',
  zh: ({ data_folder: folder, pid }) =>
    `数据文件夹 ${folder} 正由另一个控制面使用（${pid === null ? '在另一个容器里' : `进程 ${pid}`}）。一个数据文件夹同时只能由一个控制面使用：请${pid === null ? '' : '用 npm run down '}停止它，或为当前控制面设置另一个 VITRINE_DATA_DIR`,
  en: ({ data_folder: folder, pid }) =>
    `The data folder ${folder} is in use by another control plane (${pid === null ? 'in another container' : `process ${pid}`}). Only one control plane can use a data folder at a time. Stop the other one${pid === null ? '' : ' with npm run down'}, or set another VITRINE_DATA_DIR for this one`,
})
