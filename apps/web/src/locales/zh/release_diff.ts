export default {
  title: '版本 #{from} 与 #{to} 的差异',
  before: '之前',
  after: '之后',
  release: '版本 #{number}',
  path: '项目',
  same: '这两个版本没有差异',
  area: { manifest: '算法清单', parameters: '算法参数', environment: '运行环境', config: '服务设置' },
  files: '文件（{count}）',
  files_cut: '还有更多文件存在差异，这里只列出前 {count} 个。',
  change: { added: '新增', removed: '删除', changed: '修改' },
  no_patch: '二进制文件或内容太长，不显示差异。',
}
