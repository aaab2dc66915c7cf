/**
 * The looks of a report, on A4 and on a screen. White paper also where the reader's system is dark. Nothing that is read as one is
 * cut by the end of a page.
 */
export const reportStyle = `
@page { size: A4; margin: 12mm 14mm 15mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9px system-ui, sans-serif; color: #5b626b } }
:root { color-scheme: only light }
* { box-sizing: border-box }
html { background: #fff }
body { margin: 0; font: 13px/1.55 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; color: #1c1f24; background: #fff; overflow-wrap: anywhere; -webkit-print-color-adjust: exact; print-color-adjust: exact }
main { max-width: 794px; margin: 0 auto; padding: 28px 38px }
h1 { margin: 0; font-size: 26px; line-height: 1.25; letter-spacing: -.01em }
h2 { margin: 20px 0 8px; padding-left: 9px; border-left: 4px solid #1f6fd6; font-size: 15px; line-height: 1.3 }
h3 { margin: 12px 0 4px; font-size: 13px }
h2, h3 { break-after: avoid }
p { margin: 0 0 6px }
.line { margin: 5px 0 0; color: #4b5159 }
dl { margin: 0 }
.facts { display: grid; grid-template-columns: repeat(4, auto); justify-content: start; gap: 6px 36px; padding: 10px 0; margin-top: 12px; border-block: 1px solid #d7dbe0 }
dt { font-size: 11px; color: #5b626b }
dd { margin: 0 }
.text { white-space: pre-wrap }
.large { font-size: 19px; font-weight: 600; line-height: 1.5 }
.quiet { color: #5b626b }
.code { padding: 8px 10px; border-radius: 6px; background: #f4f6f8; font: 11px/1.5 ui-monospace, Consolas, monospace }
figure { margin: 0 0 10px; break-inside: avoid }
figure img { display: block; width: 100%; max-height: 132mm; object-fit: contain; border-radius: 6px }
figure.small img { width: auto; max-width: 100%; max-height: 32mm }
figcaption { margin-top: 5px; font-size: 12px; color: #4b5159 }
figure:not(.small) figcaption { text-align: center }
.columns { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 14px }
.column { padding: 10px 12px; border: 1px solid #d7dbe0; border-radius: 8px; break-inside: avoid }
.tall { break-inside: auto }
.column figure img { max-height: 96mm }
.column > h3:first-child { display: flex; gap: 8px; align-items: center; margin: 0 0 8px; font-size: 14px }
.column > h3:first-child b { flex: none; width: 20px; border-radius: 5px; background: #5b626b; color: #fff; font-size: 12px; line-height: 20px; text-align: center }
.l-A > h3:first-child b { background: #1d6fd1 }
.l-B > h3:first-child b { background: #0b7285 }
.l-C > h3:first-child b { background: #7446b4 }
.l-D > h3:first-child b { background: #9a4a12 }
.column dl { display: grid; grid-template-columns: fit-content(45%) minmax(0, 1fr); gap: 2px 12px; padding-top: 8px; border-top: 1px solid #e5e8ec }
.column dl > div { display: contents }
.column dt { font-size: 12px }
.bars { display: grid; gap: 6px; padding: 0; margin: 0 0 10px; list-style: none }
.bars li { display: grid; grid-template-columns: minmax(60px, 22%) 1fr 60px; gap: 10px; align-items: center; break-inside: avoid }
.bars i { display: block; height: 9px; border-radius: 5px; background: #e8ecf1 }
.bars i i { min-width: 2px; background: #1f6fd6 }
.bars b { font-weight: 400; text-align: right; font-variant-numeric: tabular-nums }
.legend { display: flex; flex-wrap: wrap; gap: 4px 14px; padding: 0; margin: 0 0 6px; list-style: none }
.legend li { display: inline-flex; gap: 6px; align-items: center }
.legend i { width: 22px; height: 14px; border-radius: 3px; background: #3a4048 }
mark { padding: 2px 4px; border-radius: 4px; color: inherit; background: none; box-decoration-break: clone; -webkit-box-decoration-break: clone }
mark small { margin-left: 4px; white-space: nowrap; font-size: 10.5px; color: #4b5159 }
.parts { font-size: 14px; line-height: 2; white-space: pre-wrap }
ins { padding: 1px 3px; background: #e2f4e6; color: #176b2c }
del { padding: 1px 3px; background: #fde8e8; color: #a12020 }
table { width: 100%; margin-bottom: 8px; border-collapse: collapse; font-size: 11.5px; line-height: 1.4 }
th, td { padding: 4px 8px 4px 0; text-align: left; vertical-align: top; border-bottom: 1px solid #e5e8ec; font-variant-numeric: tabular-nums }
th { color: #5b626b; font-weight: 500 }
.many { font-size: 9px }
.many :is(th, td) { padding-right: 5px }
thead { display: table-header-group }
tr, dl > div { break-inside: avoid }
.more, footer { margin: 4px 0 0; font-size: 11px; color: #5b626b }
footer { padding-top: 8px; margin-top: 18px; border-top: 1px solid #d7dbe0 }
@media (max-width: 560px) { main { padding: 20px 16px } .facts { grid-template-columns: repeat(2, 1fr) } .columns { grid-template-columns: minmax(0, 1fr) } }
@media print { body { font-size: 12px } main { max-width: none; padding: 0 } .facts { grid-template-columns: repeat(4, auto) } .columns { grid-template-columns: repeat(2, minmax(0, 1fr)) } }
`
