// data_visualization as SVG: bar, line, area and pie, with the numbers beside
// the picture for whoever cannot see it.

import { h, svg, put, fresh } from './dom.js';

const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
const brief = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

export function chart(block) {
  const c = block.chart || {};
  const draw = { bar: bars, line: lines, area: lines, pie: pie }[c.type];
  const title = fresh('chart');
  const picture = h('div', { class: 'chart-picture' });
  const figure = h('figure', { class: 'chart', 'aria-labelledby': title },
    h('figcaption', { id: title, class: 'chart-title' }, block.title || ''), picture, legend(c), numbers(c, block.title));
  if (!draw) return figure;
  let width = 0;
  const redraw = (w) => {
    w = Math.round(Math.max(240, Math.min(620, w)));
    if (w === width) return;
    width = w;
    put(picture, draw(c, w, summary(block)));
  };
  redraw(520);
  new ResizeObserver((entries) => { if (entries[0].contentRect.width) redraw(entries[0].contentRect.width); }).observe(picture);
  return figure;
}

const seriesOf = (c) => c.series || [];
const categoriesOf = (c) => (c.axis_config && c.axis_config.categories) || seriesOf(c)[0]?.data.map((d) => d.label) || [];
const valueAt = (s, category) => (s.data.find((d) => d.label === category) || {}).value;

// summary is what a screen reader says for the picture.
function summary(block) {
  const c = block.chart;
  if (c.type === 'pie') return `Pie chart. ${c.segments.map((s) => `${s.label} ${number.format(s.value)}`).join(', ')}.`;
  return `${c.type[0].toUpperCase()}${c.type.slice(1)} chart. ` +
    seriesOf(c).map((s) => `${s.name}: ${s.data.map((d) => `${d.label} ${number.format(d.value)}`).join(', ')}`).join('. ') + '.';
}

function legend(c) {
  if (c.type === 'pie') {
    const sum = c.segments.reduce((t, s) => t + s.value, 0);
    return h('ul', { class: 'chart-legend' }, c.segments.map((s, i) => h('li', {}, key(i), s.label + ' ',
      h('span', { class: 'chart-legend-value' }, number.format(s.value) + ' · ' + Math.round((100 * s.value) / sum) + ' %'))));
  }
  if (seriesOf(c).length < 2) return null;
  return h('ul', { class: 'chart-legend' }, seriesOf(c).map((s, i) => h('li', {}, key(i), s.name)));
}

const key = (i) => h('span', { class: 'chart-key chart-fill-' + i, 'aria-hidden': 'true' });

function numbers(c, title) {
  const head = (cells) => h('tr', {}, cells.map((x) => h('th', { scope: 'col' }, x)));
  const table = c.type === 'pie'
    ? [head(['', 'Value']), c.segments.map((s) => h('tr', {}, h('th', { scope: 'row' }, s.label), h('td', {}, number.format(s.value))))]
    : [head(['', ...seriesOf(c).map((s) => s.name)]), categoriesOf(c).map((k) => h('tr', {}, h('th', { scope: 'row' }, k),
      seriesOf(c).map((s) => h('td', {}, valueAt(s, k) === undefined ? '' : number.format(valueAt(s, k))))))];
  return h('details', { class: 'chart-numbers' }, h('summary', {}, 'Numbers'),
    h('div', { class: 'table-scroll' }, h('table', { class: 'block-table', 'aria-label': title || 'Numbers of the chart' }, table)));
}

// scale chooses round steps from the smallest to the largest value.
function scale(values) {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values, low === 0 ? 1e-9 : 0);
  const rough = (high - low) / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const from = Math.floor(low / step) * step;
  const to = Math.max(from + step, Math.ceil(high / step) * step);
  const ticks = [];
  for (let v = from; v <= to + step / 2; v += step) ticks.push(Math.abs(v) < step / 1e6 ? 0 : v);
  return { from, to, ticks };
}

// frame draws what bars and lines share: the grid, the axes and their words.
function frame(c, width, label) {
  const names = categoriesOf(c);
  const y = scale(seriesOf(c).flatMap((s) => s.data.map((d) => d.value)));
  const axis = c.axis_config || {};
  const tickText = y.ticks.map((t) => brief.format(t));
  const left = 14 + 7 * Math.max(...tickText.map((t) => t.length)) + (axis.y_label ? 16 : 0);
  const longest = Math.max(...names.map((n) => n.length));
  const slot = (width - left - 8) / Math.max(1, names.length);
  const tilted = longest * 6.6 > slot - 4;
  const bottom = (tilted ? 16 + Math.min(13, longest) * 4.6 : 26) + (axis.x_label ? 18 : 0);
  const height = 200 + bottom;
  const top = c.type === 'bar' ? 20 : 10; // the highest bar has its number above it
  const box = { left, top, slot, names, width, height, floor: height - bottom,
    x: (i) => left + slot * (i + 0.5),
    y: (v) => top + (height - bottom - top) * (1 - (v - y.from) / (y.to - y.from)) };
  const every = tilted ? Math.max(1, Math.ceil(21 / slot)) : 1; // the newest is always named
  const picture = svg('svg', { class: 'chart-svg', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label },
    y.ticks.map((t, i) => [
      svg('line', { class: t === 0 ? 'chart-zero' : 'chart-grid', x1: left, x2: width - 8, y1: box.y(t), y2: box.y(t) }),
      svg('text', { class: 'chart-text', x: left - 8, y: box.y(t) + 4, 'text-anchor': 'end' }, tickText[i])]),
    names.map((n, i) => (names.length - 1 - i) % every === 0 && (tilted
      ? svg('text', { class: 'chart-text', 'text-anchor': 'end', transform: `translate(${box.x(i) + 4} ${box.floor + 14}) rotate(-38)` }, n.length > 14 ? n.slice(0, 13) + '…' : n)
      : svg('text', { class: 'chart-text', 'text-anchor': 'middle', x: box.x(i), y: box.floor + 17 }, n))),
    axis.y_label && svg('text', { class: 'chart-text chart-axis', 'text-anchor': 'middle', transform: `translate(11 ${(top + box.floor) / 2}) rotate(-90)` }, axis.y_label),
    axis.x_label && svg('text', { class: 'chart-text chart-axis', 'text-anchor': 'middle', x: (left + width) / 2, y: height - 5 }, axis.x_label));
  return { box, picture };
}

// hints lays an invisible column over each category that says its numbers.
function hints(c, box, picture) {
  box.names.forEach((name, i) => picture.append(svg('g', { class: 'chart-column' },
    svg('rect', { x: box.left + box.slot * i, y: box.top, width: box.slot, height: box.floor - box.top }),
    svg('title', {}, name + '\n' + seriesOf(c).map((s) => `${s.name}: ${number.format(valueAt(s, name) ?? 0)}`).join('\n')))));
  return picture;
}

function bars(c, width, label) {
  const { box, picture } = frame(c, width, label);
  const all = seriesOf(c);
  const group = Math.min(box.slot * 0.72, 56 * all.length);
  const wide = group / all.length;
  all.forEach((s, si) => box.names.forEach((name, i) => {
    const v = valueAt(s, name);
    if (v === undefined) return;
    const x = box.x(i) - group / 2 + wide * si;
    const [from, to] = [box.y(Math.max(0, v)), box.y(Math.min(0, v))];
    picture.append(svg('rect', { class: 'chart-fill-' + si, x: x + 1, y: from, width: Math.max(1, wide - 2), height: Math.max(0.5, to - from), rx: Math.min(3, wide / 4) }));
    if (all.length === 1 && box.slot > 34) {
      picture.append(svg('text', { class: 'chart-text chart-value', 'text-anchor': 'middle', x: x + wide / 2, y: v < 0 ? to + 13 : from - 5 }, brief.format(v)));
    }
  }));
  return hints(c, box, picture);
}

function lines(c, width, label) {
  const { box, picture } = frame(c, width, label);
  seriesOf(c).forEach((s, si) => {
    const points = box.names.map((n, i) => [box.x(i), valueAt(s, n)]).filter(([, v]) => v !== undefined).map(([x, v]) => [x, box.y(v)]);
    if (!points.length) return;
    const path = points.map(([x, y], i) => (i ? 'L' : 'M') + x.toFixed(1) + ' ' + y.toFixed(1)).join('');
    if (c.type === 'area') {
      picture.append(svg('path', { class: 'chart-area chart-fill-' + si, d: `${path}L${points.at(-1)[0]} ${box.y(0)}L${points[0][0]} ${box.y(0)}Z` }));
    }
    picture.append(svg('path', { class: 'chart-line chart-stroke-' + si, d: path }));
    points.forEach(([x, y]) => picture.append(svg('circle', { class: 'chart-dot chart-fill-' + si, cx: x, cy: y, r: 3.2 })));
  });
  return hints(c, box, picture);
}

function pie(c, width, label) {
  const size = 200;
  const sum = c.segments.reduce((t, s) => t + s.value, 0);
  const picture = svg('svg', { class: 'chart-svg chart-pie', viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': label });
  let at = -Math.PI / 2;
  const [mid, outer, inner] = [size / 2, 92, 52];
  const dot = (r, a) => `${(mid + r * Math.cos(a)).toFixed(2)} ${(mid + r * Math.sin(a)).toFixed(2)}`;
  c.segments.forEach((s, i) => {
    // a whole circle has no arc, so it stops a hair short
    const turn = Math.min((2 * Math.PI * s.value) / sum, 2 * Math.PI - 1e-4);
    const end = at + turn;
    const big = turn > Math.PI ? 1 : 0;
    picture.append(svg('path', {
      class: 'chart-slice chart-fill-' + i,
      d: `M${dot(outer, at)}A${outer} ${outer} 0 ${big} 1 ${dot(outer, end)}L${dot(inner, end)}A${inner} ${inner} 0 ${big} 0 ${dot(inner, at)}Z`,
    }, svg('title', {}, `${s.label}: ${number.format(s.value)}`)));
    at = end;
  });
  picture.append(svg('text', { class: 'chart-total', x: mid, y: mid + 6, 'text-anchor': 'middle' }, brief.format(sum)));
  return picture;
}
