export default {
  title: '使用指南',
  text: '从展示算法到管好几百个服务',
  chapters: '章节',
  chapter: {
    using: '使用 Vitrine',
    presentation: '编辑展示',
    'algorithm-contract': '编写算法',
    'bring-what-you-have': '带上已有的程序',
    'coming-from': '从其他工具过来',
    'model-files': '模型文件',
    code: '查看和修改代码',
    'many-services': '管理很多服务',
    'running-services': '运行中的修改',
    'health-and-sleep': '健康与休眠',
    'logs-and-releases': '日志与版本对比',
    'calls-and-charts': '调用与图表',
  },
}
