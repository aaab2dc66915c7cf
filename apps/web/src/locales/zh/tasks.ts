import type { TaskStep, TaskWord } from '@vitrine/contract'

export default {
  missing: '任务不存在',
  retry: '再试一次',
  retry_older: '重新部署版本 #{release} 的代码？',
  retry_older_text:
    '现在提供服务的是更新的版本 #{serving}。再试一次会部署版本 #{release} 当时的代码，成功后它会替换更新的代码。',
  retry_older_do: '部署旧代码',
  empty: '还没有任务',
  empty_text: '这个服务的部署、启动和停止都会记录在这里。',
  what: '任务',
  state: '状态',
  by: '发起人',
  when: '时间',
  took: '用时',
  kind: {
    deploy: '部署',
    start: '启动',
    stop: '停止',
    restart: '重启',
    delete: '删除',
    rollback: '回滚',
    adjust: '调整设置',
    sleep: '休眠',
    wake: '唤醒',
    batch: '批量操作',
    switch: '切换网关',
    process: '处理媒体',
  } satisfies Record<TaskWord, string>,
  states: {
    queued: '等待中',
    running: '进行中',
    succeeded: '成功',
    failed: '失败',
    cancelled: '已取消',
    skipped: '已跳过',
  } satisfies Record<TaskStep['state'], string>,
}
