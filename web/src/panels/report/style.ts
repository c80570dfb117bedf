/** How a report looks on a screen, light or dark, and on paper. */
export const STYLE = `
:root{--bg:#fff;--raised:#f6f7f9;--line:#e1e4e9;--text:#171b21;--dim:#5f6875;--accent:#2257c7;--strong:#206ce7}
@media screen and (prefers-color-scheme:dark){:root{--bg:#0f1216;--raised:#15191f;--line:#262c35;--text:#e6eaef;--dim:#98a2b0;--accent:#7fa8ff;--strong:#84b2fd}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:14px/20px system-ui,-apple-system,"Segoe UI","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:1080px;padding:32px 24px 64px;margin:0 auto}
header{margin-bottom:20px}
h1{margin:0 0 4px;font-size:24px;line-height:32px;font-weight:650;overflow-wrap:anywhere}
h2{margin:0 0 10px;font-size:16px;line-height:24px;font-weight:650}
section{margin-top:32px}
a{color:var(--accent)}
p{margin:0}
.kind{color:var(--dim);font-weight:500}
.aside{color:var(--dim);font-size:13px;overflow-wrap:anywhere}
section>.aside{margin:-6px 0 10px}
.note{white-space:pre-wrap;overflow-wrap:anywhere}
dl{margin:0}
dt{color:var(--dim);font-size:12px}
dd{margin:0;overflow-wrap:anywhere}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(170px,1fr));gap:12px 24px;padding:16px;border:1px solid var(--line);border-radius:8px;background:var(--raised)}
.settings{columns:340px;column-gap:32px}
.settings div{display:flex;gap:12px;justify-content:space-between;padding:2px 0;border-bottom:1px solid var(--line);break-inside:avoid}
.settings dt,.settings dd{font:12px/18px ui-monospace,Menlo,Consolas,monospace}
.settings dd{text-align:right;min-width:0}
details summary{cursor:pointer}
details summary h2{display:inline}
details .settings{margin-top:10px}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(440px,100%),1fr));gap:12px}
figure{margin:0;min-width:0;break-inside:avoid}
.charts figure{border:1px solid var(--line);border-radius:8px;overflow:hidden;background:var(--i-surface)}
svg{display:block;width:100%;height:auto}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:13px}
th,td{padding:4px 20px 4px 0;border-bottom:1px solid var(--line);text-align:right;font-weight:400;font-variant-numeric:tabular-nums;vertical-align:baseline}
th:first-child,td:first-child,.texts th,.texts td{text-align:left}
.texts td{overflow-wrap:anywhere;max-width:360px}
tbody th{min-width:120px;max-width:380px;overflow-wrap:anywhere}
thead th{color:var(--dim);font-size:12px;vertical-align:bottom}
tr{break-inside:avoid}
thead{display:table-header-group}
.swatch{display:inline-block;width:16px;height:3px;margin-right:8px;border-radius:2px;background:var(--swatch);vertical-align:middle;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.matrix td{min-width:44px;padding:4px 8px;border:1px solid var(--line);text-align:center;background:color-mix(in srgb,var(--strong) calc(var(--share)*.55),transparent);print-color-adjust:exact;-webkit-print-color-adjust:exact}
.matrix th{padding:4px 10px}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(160px,1fr));gap:12px}
.pictures img{display:block;width:100%;border-radius:6px;image-rendering:auto}
figcaption{color:var(--dim);font-size:12px;overflow-wrap:anywhere}
@media (max-width:600px){main{padding:20px 12px 40px}}
@media print{@page{margin:14mm}main{max-width:none;padding:0}body{font-size:11px;line-height:16px}h2{break-after:avoid}.charts{grid-template-columns:1fr 1fr}.scroll{overflow:visible}table{font-size:10px}th,td{padding:3px 8px 3px 0}.texts{width:100%}.texts td{max-width:none}a{color:inherit;text-decoration:none}.facts{background:none}}
`;
