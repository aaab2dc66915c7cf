export default {
  title: '出错了',
  missing: '未找到',
  retry: '重试',
  request_id: '请求编号',
  copy_request_id: '复制请求编号',
  network: '无法连接服务器。请检查网络，或稍后重试。',
  page: '页面加载失败，可能刚刚更新过。请重试。',
  page_away_title: '现在连不上服务器',
  page_away: '这一页没有载入。恢复后会自动打开，也可以重试。',
  unreadable: '服务器返回的内容无效，可能正在启动。请稍后重试。',
}
