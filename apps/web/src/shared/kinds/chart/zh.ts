export default {
  name: '图表',
  no_points: '图表中没有数据。',
  drawing_of: '图表：{names}',
  as_table: '以表格显示',
  shown_of: '显示前 {shown} 项，共 {count} 项',
}
