export default {
  empty: '还没有任务',
  empty_text: '部署、启动、停止这个服务时，过程会记在这里。',
  what: '任务',
  state: '状态',
  by: '发起人',
  when: '时间',
  took: '用时',
  kind: {
    service: {
      deploy: '部署',
      start: '启动',
      stop: '停止',
      restart: '重启',
      delete: '删除',
      rollback: '回滚',
    },
  },
  states: {
    queued: '等待中',
    running: '进行中',
    succeeded: '完成',
    failed: '失败',
    cancelled: '已取消',
    skipped: '已跳过',
  },
}
