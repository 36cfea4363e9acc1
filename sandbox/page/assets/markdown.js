// The markdown block: the common part of Markdown as DOM nodes.

import { h } from './dom.js';
import { link, mention, channelLink, broadcast } from './mrkdwn.js';

const rules = [
  [/`([^`\n]+)`/, (m) => h('code', {}, m[1])],
  [/\*\*([^*]+?)\*\*|__([^_]+?)__/, (m, w) => h('strong', {}, inline(m[1] || m[2], w))],
  [/(?<![\p{L}\p{N}])[*_]([^*_\n]+?)[*_](?![\p{L}\p{N}])/u, (m, w) => h('em', {}, inline(m[1], w))],
  [/~~([^~]+?)~~/, (m, w) => h('s', {}, inline(m[1], w))],
  [/\[([^\]\n]+)\]\(([^)\s]+)\)/, (m, w) => link(m[2], m[1], w)],
  [/<@([UW][A-Z0-9]+)>/, (m, w) => mention(m[1], w)],
  [/<#([CG][A-Z0-9]+)>/, (m, w) => channelLink(m[1], w)],
  [/<!(here|channel|everyone)>/, (m) => broadcast(m[1])],
  [/https?:\/\/[^\s<>)]+/, (m, w) => link(m[0], '', w)],
];

function inline(text, world) {
  const out = document.createDocumentFragment();
  let rest = text;
  while (rest) {
    let first = null;
    for (const [pattern, make] of rules) {
      const m = pattern.exec(rest);
      if (m && (!first || m.index < first.m.index)) first = { m, make };
    }
    if (!first) break;
    out.append(rest.slice(0, first.m.index), first.make(first.m, world));
    rest = rest.slice(first.m.index + first.m[0].length);
  }
  out.append(rest);
  return out;
}

const cells = (line) => line.trim().replace(/^\||\|$/g, '').split('|').map((c) => c.trim());

// Each reader looks at the lines from i on and returns [node, next line], or null.
const readers = [
  function fence(all, i) {
    if (!/^```/.test(all[i])) return null;
    let end = i + 1;
    while (end < all.length && !/^```/.test(all[end])) end++;
    return [h('pre', {}, h('code', {}, all.slice(i + 1, end).join('\n'))), end + 1];
  },
  function heading(all, i, world) {
    const m = /^(#{1,6})\s+(.*)$/.exec(all[i]);
    return m && [h('p', { class: 'md-heading md-heading-' + m[1].length, role: 'heading', 'aria-level': 3 + m[1].length }, inline(m[2], world)), i + 1];
  },
  function rule(all, i) { return /^(-{3,}|\*{3,})\s*$/.test(all[i]) ? [h('hr', {}), i + 1] : null; },
  function quote(all, i, world) {
    let end = i;
    while (end < all.length && /^>/.test(all[end])) end++;
    if (end === i) return null;
    return [h('blockquote', {}, paragraph(all.slice(i, end).map((l) => l.replace(/^> ?/, '')), world)), end];
  },
  function list(all, i, world) {
    const kind = (l) => /^\s*(?:([-*+])|(\d+)[.)])\s+(.*)$/.exec(l || '');
    const first = kind(all[i]);
    if (!first) return null;
    const items = [];
    let end = i;
    for (let m; (m = kind(all[end])) && Boolean(m[1]) === Boolean(first[1]); end++) {
      items.push(h('li', { class: /^\s{2,}/.test(all[end]) ? 'md-deeper' : null }, inline(m[3], world)));
    }
    return [h(first[1] ? 'ul' : 'ol', first[1] ? {} : { start: first[2] }, items), end];
  },
  function table(all, i, world) {
    if (!all[i].includes('|') || !/^\s*\|?\s*:?-+/.test(all[i + 1] || '')) return null;
    let end = i + 2;
    while (end < all.length && all[end].includes('|')) end++;
    const row = (tag) => (line) => h('tr', {}, cells(line).map((c) => h(tag, {}, inline(c, world))));
    return [h('div', { class: 'table-scroll', tabindex: '0' }, h('table', { class: 'block-table' },
      h('thead', {}, row('th')(all[i])), h('tbody', {}, all.slice(i + 2, end).map(row('td'))))), end];
  },
];

const paragraph = (all, world) => all.flatMap((l, i) => (i ? [h('br'), inline(l, world)] : [inline(l, world)]));

export function markdown(text, world) {
  const out = h('div', { class: 'markdown' });
  const all = String(text).split('\n');
  let run = [];
  const flush = () => { if (run.length) out.append(h('p', {}, paragraph(run, world))); run = []; };
  for (let i = 0; i < all.length;) {
    const found = readers.reduce((got, read) => got || read(all, i, world), null);
    if (found) { flush(); out.append(found[0]); i = found[1]; continue; }
    if (all[i].trim() === '') flush(); else run.push(all[i]);
    i++;
  }
  flush();
  return out;
}
