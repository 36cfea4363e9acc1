// Blocks that hold others, tables one can sort and page through, and the few
// that stand alone. They hand inner blocks to draw, so that the room of the
// plain blocks does not have to know these.

import { h, icon, put } from './dom.js';
import { mrkdwn, textObject, plainText, link } from './mrkdwn.js';
import { richText, flat } from './richtext.js';
import { element } from './elements.js';

// grouped makes the drawers; draw(list, surface, id) draws inner blocks, and
// picture(image, surface, class) an image.
export const grouped = (draw, picture) => ({
  card: (b, s, id) => card(b, s, id, picture),
  carousel: (b, s, id) => h('div', { class: 'carousel', tabindex: '0', role: 'group', 'aria-label': 'Cards' }, (b.elements || []).map((c, i) => card(c, s, c.block_id || id + i, picture))),
  container: (b, s, id) => container(b, s, id, draw, picture),
  layout: (b, s, id) => h('div', { class: 'layout', role: 'group', 'aria-label': b.label }, b.is_label_visible && h('p', { class: 'layout-label' }, b.label),
    (b.rows || []).map((row, i) => h('div', { class: 'layout-row layout-' + (b.grid_lines || 'none') }, row.items.map((item, j) => h('div', { class: 'layout-item layout-' + (item.width || 'standard') }, draw([item.block], s, `${id}-${i}-${j}`)))))),
  plan: (b, s) => h('div', { class: 'plan' }, h('p', { class: 'plan-title' }, b.title), (b.tasks || []).map((t) => task(t, s))),
  task_card: (b, s) => task(b, s),
  data_table: (b, s, id) => dataTable(b, s, id),
  context_actions: (b, s, id) => h('div', { class: 'actions actions-small', role: 'group' }, (b.elements || []).map((e) => element(e, { block: id }, s))),
  video: (b, s) => h('div', { class: 'video' }, h('p', { class: 'attachment-title' }, icon('play'), ' ', b.title_url ? link(b.title_url, b.title.text, s.desk.world) : plainText(b.title.text)),
    b.author_name && h('p', { class: 'attachment-small' }, b.author_name), b.description && h('p', {}, plainText(b.description.text)),
    h('p', { class: 'attachment-small' }, b.alt_text + ' (the sandbox loads nothing from other addresses)')),
});

function card(b, surface, id, picture) {
  const { world } = surface.desk;
  const words = (name) => b[name] && h('p', { class: 'card-' + name }, mrkdwn(b[name].text, world));
  return h('div', { class: 'card' }, b.hero_image && picture(b.hero_image, surface, 'card-hero'),
    h('div', { class: 'card-head' }, b.icon && picture(b.icon, surface, 'context-image'), h('div', {}, words('title'), words('subtitle'))),
    words('body'), words('subtext'),
    b.actions && h('div', { class: 'actions', role: 'group' }, b.actions.map((e) => element(e, { block: id }, surface))));
}

function container(b, surface, id, draw, picture) {
  const head = h('div', { class: 'card-head' }, b.icon && picture(b.icon, surface, 'context-image'),
    h('div', {}, b.title ? h('p', { class: 'card-title' }, plainText(b.title.text)) : richText(b.rich_text_title, surface.desk.world), b.subtitle && h('p', { class: 'card-subtitle' }, textObject(b.subtitle, surface.desk.world))));
  const inner = h('div', { class: 'container-inner' }, draw(b.child_blocks, surface, id));
  if (!b.is_collapsible) return h('div', { class: 'card container-' + (b.width || 'standard') }, head, inner);
  return h('details', { class: 'card container-' + (b.width || 'standard'), open: !b.default_collapsed }, h('summary', {}, head), inner);
}

const marks = { pending: ['clock', 'Waiting'], in_progress: ['bolt', 'Under way'], complete: ['check', 'Done'], error: ['warn', 'Failed'] };

function task(b, surface) {
  const { world } = surface.desk;
  const [mark, words] = marks[b.status] || marks.pending;
  const more = [b.details && richText(b.details, world), b.output && richText(b.output, world),
    b.sources && h('p', { class: 'attachment-small' }, b.sources.map((u, i) => [i > 0 && ' · ', link(u.url, u.text, world)]))].filter(Boolean);
  const head = [h('span', { class: 'task-mark task-' + b.status, role: 'img', 'aria-label': words }, icon(mark)), b.title];
  return more.length ? h('details', { class: 'task' }, h('summary', {}, head), more) : h('p', { class: 'task' }, head);
}

// dataTable can be sorted by a column and has pages.
function dataTable(b, surface, id) {
  const [head, ...rows] = b.rows || [];
  const size = b.page_size || 10;
  const state = { page: 0, by: -1, down: false };
  const root = h('div', { class: 'data-table' });
  const worth = (c) => (c.type === 'raw_number' ? Number(c.value) : flatText(c).toLowerCase());
  const cell = (c, i) => {
    const words = c.type === 'action_cell' ? element(c.element, { block: id }, surface) : c.type === 'rich_text' ? flat(c, surface.desk.world) : c.text;
    return h(i === b.row_header_column_index ? 'th' : 'td', { class: c.type === 'raw_number' ? 'cell-right' : null, scope: i === b.row_header_column_index ? 'row' : null }, words);
  };
  const show = () => {
    const sorted = state.by < 0 ? rows : [...rows].sort((x, y) => {
      const [p, q] = [worth(x[state.by]), worth(y[state.by])];
      return (p < q ? -1 : p > q ? 1 : 0) * (state.down ? -1 : 1);
    });
    const pages = Math.ceil(rows.length / size);
    const turn = (step, words) => h('button', { type: 'button', class: 'button', disabled: state.page + step < 0 || state.page + step >= pages, onclick: () => { state.page += step; show(); } }, words);
    put(root, h('p', { class: 'chart-title' }, b.caption), h('div', { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': b.caption }, h('table', { class: 'block-table' },
      h('thead', {}, h('tr', {}, (head || []).map((c, i) => h('th', { scope: 'col', 'aria-sort': state.by === i ? (state.down ? 'descending' : 'ascending') : 'none' },
        h('button', { type: 'button', class: 'sort-button', onclick: () => { state.down = state.by === i && !state.down; state.by = i; state.page = 0; show(); } }, c.text, state.by === i && (state.down ? ' ↓' : ' ↑')))))),
      h('tbody', {}, sorted.slice(state.page * size, (state.page + 1) * size).map((r) => h('tr', {}, r.map(cell)))))),
    pages > 1 && h('div', { class: 'actions' }, turn(-1, 'Back'), h('span', { class: 'attachment-small' }, `Page ${state.page + 1} of ${pages}`), turn(1, 'Next')));
  };
  show();
  return root;
}

const flatText = (c) => c.text ?? c.element?.text?.text ?? JSON.stringify(c.elements || '');
