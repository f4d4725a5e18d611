/** The status page's style sheet; part of the page, since it loads nothing. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--text:#1c2430;--dim:#5b6675;--line:#dfe3e8;--good:#16794a;
--warn:#8a5a00;--bad:#b3261e;--goodbg:#e3f4ea;--warnbg:#fdf1d8;--badbg:#fce5e3;--accent:#1f5fbf;--bar:#7fa8dc}
@media(prefers-color-scheme:dark){:root{--bg:#14171c;--card:#1d2229;--text:#e6e9ee;--dim:#9aa5b3;--line:#323944;
--good:#6fd39d;--warn:#f0c060;--bad:#ff9a90;--goodbg:#17352a;--warnbg:#3a2f16;--badbg:#43211f;--accent:#8ab8ff;
--bar:#4d7cb8}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.45 system-ui,"Segoe UI",sans-serif}
main,header{max-width:1560px;margin:0 auto;padding:0 20px}
header{display:flex;flex-wrap:wrap;gap:6px 16px;align-items:baseline;padding-top:20px}
h1{font-size:22px;margin:0}
h2{font-size:16px;margin:0 0 10px}
header p{margin:0;color:var(--dim)}
a{color:var(--accent)}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px;margin:16px 0}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:16px}
.pair section{margin:0;min-width:0}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th{color:var(--dim);font-weight:600;font-size:13px}
th,td{overflow-wrap:anywhere;text-align:left;vertical-align:top;padding:7px 14px 7px 0;
border-bottom:1px solid var(--line)}
tr:last-child>td{border-bottom:0}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
td.when{min-width:5.5em}
th{overflow-wrap:normal}
td small,.dim{color:var(--dim)}
td small{display:block}
.badge{display:inline-block;max-width:100%;border-radius:99px;padding:1px 9px;font-size:13px;font-weight:600;
white-space:nowrap}
.good{color:var(--good);background:var(--goodbg)}
.warn{color:var(--warn);background:var(--warnbg)}
.bad{color:var(--bad);background:var(--badbg)}
ul.attention{list-style:none;margin:0;padding:0}
ul.attention li{padding:7px 12px;border-radius:7px;margin-top:6px;overflow-wrap:anywhere}
form{display:inline}
button{font:inherit;font-weight:600;color:var(--accent);background:transparent;border:1px solid var(--line);
border-radius:7px;padding:3px 12px;cursor:pointer}
button:hover,button:focus-visible{border-color:var(--accent)}
pre{background:var(--bg);border-radius:7px;padding:10px 12px;margin:8px 0 0;
font:13px/1.5 ui-monospace,Consolas,monospace}
pre,code{white-space:pre-wrap;overflow-wrap:anywhere}
code{font:13px/1.5 ui-monospace,Consolas,monospace}
p.address{display:flex;flex-wrap:wrap;gap:6px 12px;align-items:center;margin:6px 0 0}
p.address code{background:var(--bg);border-radius:7px;padding:4px 10px;user-select:all}
form.fields{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(260px,100%),1fr));gap:12px;margin-top:12px}
form.fields label{display:flex;flex-direction:column;gap:4px;color:var(--dim)}
form.fields p{grid-column:1/-1;margin:0}
input,select,textarea{font:inherit;color:var(--text);background:var(--bg);border:1px solid var(--line);
border-radius:7px;padding:5px 8px;width:100%;min-width:0}
[hidden]{display:none!important}
details summary{cursor:pointer;color:var(--accent)}
details p{margin:6px 0 0}
ol.steps{list-style:none;margin:0;padding:0}
ol.steps li{margin-top:8px;overflow-wrap:anywhere}
.chart{display:grid;grid-template-columns:auto minmax(0,1fr);gap:2px 8px;color:var(--dim);font-size:12px}
.chart .y{display:flex;flex-direction:column;justify-content:space-between;text-align:right;line-height:16px}
.chart .x{display:flex;justify-content:space-between;grid-column:2}
svg{width:100%;height:150px;display:block}
svg .grid{stroke:var(--line);vector-effect:non-scaling-stroke}
svg rect.good{fill:var(--bar)}
svg rect.bad{fill:var(--bad)}
svg path{fill:none;stroke-width:2;vector-effect:non-scaling-stroke}
svg path.median{stroke:var(--accent)}
svg path.p95{stroke:var(--warn)}
.key{display:inline-block;width:10px;height:10px;border-radius:2px;margin:0 4px 0 12px}
.key.k1{background:var(--bar)}.key.k2{background:var(--bad)}.key.k3{background:var(--accent)}
.key.k4{background:var(--warn)}
footer{overflow-wrap:anywhere;max-width:1560px;margin:0 auto;padding:0 20px 24px;color:var(--dim);font-size:13px}
@media(min-width:761px){table.compact td:is([data-label=Caller],[data-label=Operation]){width:23%}}
@media(max-width:760px){
main,header,footer{padding-left:12px;padding-right:12px}
.pair{grid-template-columns:minmax(0,1fr)}
section{padding:12px;margin:12px 0}
table.cards,table.cards tbody,table.cards tr,table.cards td{display:block}
table.cards thead{display:none}
table.cards tr{border-bottom:1px solid var(--line);padding:8px 0}
table.cards tr:last-child{border-bottom:0}
table.cards td{border:0;padding:2px 0;overflow-wrap:anywhere}
table.cards td[data-label]::before{content:attr(data-label) ": ";color:var(--dim)}
table.cards td.n{text-align:left}
table.cards td small{display:inline;margin-left:6px}
table.compact td{display:inline-block;padding:1px 10px 1px 0;max-width:100%}
table.compact td[data-label]::before{content:none}
table.compact td small{margin-left:0}
table.compact td small::before{content:" "}
}
`;
