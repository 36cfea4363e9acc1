// Interactive elements of Block Kit. Each reads what it holds from its
// surface; in an input block it only notes what changes, elsewhere every use
// is a press.

import { h, icon, fresh } from './dom.js';
import { textObject, plainText } from './mrkdwn.js';
import { combobox, among } from './select.js';
import { menu } from './popup.js';
import { act } from './api.js';

// element draws one. place is {block, input, dispatch, id, label, describedby,
// optional}.
export function element(el, place, surface) {
  const draw = kinds[el.type];
  if (!draw) return h('span', { class: 'unknown' }, `[${el.type}]`);
  const node = draw(el, place, surface);
  surface.spots.add(surface.key(place, el));
  (node.matches('input, textarea, button') ? node : node.querySelector('input, textarea, button') || node)
    .setAttribute('data-spot', place.block + ' ' + el.action_id);
  return node;
}

// use is what every element but buttons and text fields does on a change.
async function use(el, place, surface, held, undo) {
  if (place.input) {
    surface.keep(place, el, held);
    if (place.dispatch) surface.press(place, el, held);
    return;
  }
  if (await surface.ask(el)) surface.press(place, el, held);
  else undo?.();
}

const kinds = {
  button,
  workflow_button: (el) => h('button', { type: 'button', class: 'button', disabled: true, title: 'Workflows do not run in the sandbox' }, plainText(el.text.text)),
  icon_button: (el, p, s) => pressed(el, p, s, { class: 'button button-more', 'aria-label': el.accessibility_label || el.text.text, title: el.text.text }, icon('trash')),
  feedback_buttons: (el, p, s) => h('span', { class: 'actions' }, [el.positive_button, el.negative_button].map((one) => {
    const props = { type: 'button', class: 'button', 'aria-label': one.accessibility_label || null };
    return h('button', { ...props, onclick: () => use(el, p, s, { chosen: [{ text: one.text.text, value: one.value }] }) }, plainText(one.text.text));
  })),
  overflow,
  plain_text_input: (el, p, s) => text(el, p, s, el.multiline ? 'textarea' : 'input', {}),
  email_text_input: (el, p, s) => text(el, p, s, 'input', { inputmode: 'email', placeholder: 'name@example.com' }),
  url_text_input: (el, p, s) => text(el, p, s, 'input', { inputmode: 'url', placeholder: 'https://' }),
  number_input: (el, p, s) => text(el, p, s, 'input', { inputmode: el.is_decimal_allowed ? 'decimal' : 'numeric' }),
  rich_text_input: (el, p, s) => text(el, p, s, 'textarea', {}),
  checkboxes: (el, p, s) => boxes(el, p, s, 'checkbox'),
  radio_buttons: (el, p, s) => boxes(el, p, s, 'radio'),
  datepicker: (el, p, s) => when(el, p, s, 'date'),
  timepicker: (el, p, s) => when(el, p, s, 'time'),
  datetimepicker: moment,
  file_input: files,
};
for (const many of ['', 'multi_']) {
  kinds[many + 'static_select'] = (el, p, s) => select(el, p, s, { find: among(known(el)) });
  kinds[many + 'external_select'] = (el, p, s) => select(el, p, s,
    { find: (q) => s.suggest(p, el, q), least: el.min_query_length ?? 3, wait: 160 });
  kinds[many + 'users_select'] = (el, p, s) => select(el, p, s, { find: among([{ options: s.desk.world.people() }]) });
  kinds[many + 'conversations_select'] = (el, p, s) => select(el, p, s, { find: among([{ options: s.desk.world.places(true) }]) });
  kinds[many + 'channels_select'] = (el, p, s) => select(el, p, s, { find: among([{ options: s.desk.world.places(false) }]) });
}

function button(el, place, surface) {
  const style = { primary: ' button-primary', danger: ' button-danger' }[el.style] || '';
  return pressed(el, place, surface, { class: 'button' + style, 'aria-label': el.accessibility_label || null }, plainText(el.text?.text || '', el.text?.emoji !== false));
}

// pressed is a button that is pressed at the app, once at a time and after its confirm dialog.
function pressed(el, place, surface, props, words) {
  const b = h('button', { type: 'button', ...props }, words);
  b.addEventListener('click', async () => {
    if (b.ariaBusy === 'true' || !(await surface.ask(el))) return;
    b.ariaBusy = 'true';
    if (el.url) surface.desk.world.toast('The sandbox follows no links. This button leads to ' + el.url);
    await surface.press(place, el);
    b.ariaBusy = 'false';
  });
  return b;
}

function overflow(el, place, surface) {
  const b = h('button', { type: 'button', class: 'button button-more', 'aria-label': 'More actions', 'aria-haspopup': 'menu', 'aria-expanded': 'false' }, icon('more'));
  b.addEventListener('click', () => menu(b, (el.options || []).map((o) => ({
    words: o.text.text, about: o.description?.text,
    on: () => {
      if (o.url) surface.desk.world.toast('The sandbox follows no links. This one leads to ' + o.url);
      use(el, place, surface, { chosen: [{ text: o.text.text, value: o.value }] });
    },
  }))));
  return b;
}

function text(el, place, surface, tag, extra) {
  const field = h(tag, {
    class: 'field', id: place.id, type: tag === 'input' ? 'text' : null, rows: tag === 'textarea' ? 4 : null,
    autocomplete: 'off', spellcheck: 'false', 'aria-describedby': place.describedby, 'aria-label': place.id ? null : place.label,
    'aria-required': place.input && !place.optional ? 'true' : null, ...extra,
    placeholder: el.placeholder?.text || extra.placeholder, maxlength: el.max_length, value: surface.held(place, el).value,
  });
  const on = el.dispatch_action_config?.trigger_actions_on || ['on_enter_pressed'];
  let timer;
  field.addEventListener('input', () => {
    surface.keep(place, el, { value: field.value });
    if (!place.dispatch || !on.includes('on_character_entered')) return;
    clearTimeout(timer);
    timer = setTimeout(() => surface.press(place, el, { value: field.value }), 300);
  });
  field.addEventListener('keydown', (e) => {
    if (e.key === 'Enter' && !e.shiftKey && place.dispatch && on.includes('on_enter_pressed') && tag === 'input') {
      e.preventDefault();
      e.stopPropagation();
      surface.press(place, el, { value: field.value });
    }
  });
  return field;
}

// known lists the options a select carries itself.
function known(el) {
  const option = (o) => ({ text: o.text.text, value: o.value, description: o.description?.text });
  if (el.option_groups) return el.option_groups.map((g) => ({ label: g.label.text, options: g.options.map(option) }));
  return [{ options: (el.options || []).map(option) }];
}

function select(el, place, surface, more) {
  const many = el.type.startsWith('multi_');
  const held = surface.held(place, el);
  return combobox({
    ...more, many, most: el.max_selected_items, chosen: held.chosen || [], id: place.id, labelled: Boolean(place.id),
    label: place.label || el.placeholder?.text || 'Choose', describedby: place.describedby,
    placeholder: el.placeholder?.text || (many ? 'Choose any' : 'Choose one'), clears: place.input,
    on: (chosen) => use(el, place, surface, { chosen }),
  });
}

function boxes(el, place, surface, type) {
  const name = fresh('choice');
  const held = surface.held(place, el);
  const has = (v) => (held.chosen || []).some((c) => c.value === v);
  const root = h('div', { class: 'choices', role: type === 'radio' ? 'radiogroup' : 'group', 'aria-labelledby': place.labelid, 'aria-describedby': place.describedby });
  const inputs = (el.options || []).map((o) => {
    const input = h('input', { type, name, checked: has(o.value), class: 'choice-box' });
    input.addEventListener('change', () => {
      const chosen = el.options.filter((_, i) => inputs[i].checked).map((x) => ({ text: x.text.text, value: x.value }));
      use(el, place, surface, { chosen });
    });
    root.append(h('label', { class: 'choice' }, input, h('span', { class: 'choice-words' }, textObject(o.text, surface.desk.world),
      o.description && h('small', {}, textObject(o.description, surface.desk.world)))));
    return input;
  });
  return root;
}

function when(el, place, surface, type) {
  const field = h('input', { type, class: 'field field-when', id: place.id, 'aria-label': place.id ? null : place.label || el.placeholder?.text || type,
    'aria-describedby': place.describedby, value: surface.held(place, el).value });
  field.addEventListener('change', () => use(el, place, surface, { value: field.value }));
  return field;
}

// moment is a date and a time in the zone of whoever looks.
function moment(el, place, surface) {
  const zone = surface.desk.world.zone;
  const held = Number(surface.held(place, el).value);
  const field = h('input', { type: 'datetime-local', class: 'field field-when', id: place.id, 'aria-label': place.id ? null : place.label || 'Date and time',
    'aria-describedby': place.describedby, value: held ? wall(held, zone) : '' });
  field.addEventListener('change', () => use(el, place, surface, { value: field.value ? String(unix(field.value, zone)) : '' }));
  return field;
}

// files takes files from this machine. Each is uploaded at once, as Slack's
// client does; the form then names them.
function files(el, place, surface) {
  const held = surface.held(place, el).files || [];
  const list = h('ul', { class: 'file-list' }, held.map((f) => h('li', {}, f.name)));
  const trouble = h('p', { class: 'file-trouble', role: 'status' });
  const field = h('input', {
    type: 'file', class: 'field field-file', id: place.id, 'aria-label': place.id ? null : place.label || 'File', 'aria-describedby': place.describedby,
    accept: (el.filetypes || []).map((t) => '.' + t).join(',') || null, multiple: (el.max_files ?? 10) > 1 ? 'multiple' : null,
  });
  field.addEventListener('change', async () => {
    trouble.textContent = '';
    const taken = [];
    try {
      for (const f of field.files) {
        const { id } = await act('attach', { user: surface.desk.user, name: f.name, data: await base64(f) });
        taken.push({ id, name: f.name });
      }
    } catch (e) { trouble.textContent = e.message; }
    list.replaceChildren(...taken.map((f) => h('li', {}, f.name)));
    surface.keep(place, el, { files: taken });
  });
  return h('div', { class: 'files-field' }, field, list, trouble);
}

async function base64(file) {
  let text = '';
  for (const byte of new Uint8Array(await file.arrayBuffer())) text += String.fromCharCode(byte);
  return btoa(text);
}

// wall is what a clock in the zone shows, as a date field takes it.
function wall(seconds, zone) {
  const p = {};
  const f = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' });
  for (const part of f.formatToParts(new Date(seconds * 1000))) p[part.type] = part.value;
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}`;
}

// unix is the moment at which a clock in the zone shows the given time. The
// second look is for days on which the clock is changed.
export function unix(local, zone) {
  const asUTC = (s) => Date.parse(s + ':00Z') / 1000;
  const want = asUTC(local.slice(0, 16));
  let at = want;
  for (let i = 0; i < 2; i++) at += want - asUTC(wall(at, zone));
  return at;
}
