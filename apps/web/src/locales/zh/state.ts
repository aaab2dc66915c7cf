export default {
  asleep: '休眠',
  asleep_text: '一段时间没有请求，进程已停止；下一个请求会唤醒它。',
  partly: '部分就绪',
  process: {
    STOPPED: '已停止',
    STARTING: '启动中',
    RUNNING: '运行中',
    BACKOFF: '重试启动',
    STOPPING: '停止中',
    EXITED: '已退出',
    FATAL: '启动失败',
    UNKNOWN: '状态未知',
  },
  health: {
    STARTING: '准备中',
    READY: '就绪',
    BUSY: '忙碌',
    UNHEALTHY: '不健康',
    SETUP_FAILED: '初始化失败',
    DEFUNCT: '已失效',
    UNKNOWN: '健康未知',
  },
}
