// Trouble on purpose: switches for the whole service, and aimed at some calls only.

import { h, icon, put } from './dom.js';
import { ask, act } from './api.js';
import { popup } from './popup.js';

export class Troubles {
  constructor(page, button) {
    Object.assign(this, { page, button, all: [], aimed: [] });
    this.now = h('ul', { class: 'aimed', 'aria-label': 'Aimed trouble' });
    this.list = h('div', { class: 'troubles' });
    this.aim = h('div', { class: 'aim' });
    button.addEventListener('click', () => this.open());
  }

  take(all, aimed) {
    if (JSON.stringify([all, aimed]) === JSON.stringify([this.all, this.aimed])) return;
    Object.assign(this, { all, aimed });
    const on = all.filter((t) => t.on).length + aimed.length;
    put(this.button, icon('bolt'), h('span', { class: 'tool-words' }, 'Trouble'), on > 0 && h('span', { class: 'tool-mark tool-mark-warn' }, on + ' on'));
    this.button.setAttribute('aria-label', on ? `Trouble: ${on} on` : 'Trouble');
    this.draw();
  }

  async open() {
    try { await this.drawAim(); } catch (e) { this.page.toast(e.message); }
    popup(this.button, h('div', { class: 'popover popover-wide', role: 'dialog', 'aria-label': 'Trouble' },
      h('h2', { class: 'panel-title' }, 'Make trouble'), h('p', { class: 'panel-about' }, 'What goes wrong in real life, on purpose. The bot should stay honest about it.'),
      this.now, this.aim, this.list));
    this.aim.querySelector('select')?.focus();
  }

  draw() {
    const focus = this.list.contains(document.activeElement) ? document.activeElement.dataset.id : '';
    const sides = [...new Set(this.all.map((t) => t.side))];
    put(this.now, this.aimed.map((a) => h('li', { class: 'trouble trouble-on' },
      h('div', {}, h('strong', {}, a.title), h('p', {}, a.side + ': ', h('code', {}, a.at), a.left < 0 ? '' : a.left === 1 ? ', once' : `, ${a.left} times more`)),
      h('button', { type: 'button', class: 'button', onclick: () => this.aimAt({ off: a.id }) }, 'Take back'))));
    this.now.hidden = !this.aimed.length;
    put(this.list, sides.map((side) => h('section', {}, h('h3', { class: 'side-title' }, 'All of ' + side), h('ul', {}, this.all.filter((t) => t.side === side).map((t) => h('li', { class: 'trouble' + (t.on ? ' trouble-on' : '') },
      h('div', {}, h('strong', {}, t.title), h('p', {}, t.about)),
      t.mode === 'now'
        ? h('button', { type: 'button', class: 'button', data: { id: t.id }, 'aria-label': t.title, onclick: () => this.set(t, true) }, 'Do it')
        : h('button', { type: 'button', class: 'toggle', role: 'switch', data: { id: t.id }, 'aria-checked': String(t.on), 'aria-label': t.title, title: t.mode === 'next' ? 'Happens once' : '', onclick: () => this.set(t, !t.on) },
          h('span', { class: 'toggle-knob' }))))))));
    if (focus) this.list.querySelector(`[data-id="${focus}"]`)?.focus();
  }

  // drawAim is the form for trouble that hits some calls and no others.
  async drawAim() {
    const offer = await ask('targets');
    const kinds = [...new Set(offer.choices.map((c) => c.side))];
    const choice = pick('aim-kind', kinds.map((side) => h('optgroup', { label: side }, offer.choices.filter((c) => c.side === side).map((c) => h('option', { value: c.id }, c.title)))));
    const method = pick('aim-method', ['', 'GET', 'POST', 'PATCH', 'DELETE'].map((m) => h('option', { value: m }, m || 'Any method')));
    const paths = h('datalist', { id: 'aim-paths' });
    const path = h('input', { class: 'field', id: 'aim-path', list: 'aim-paths', autocomplete: 'off', spellcheck: 'false' });
    const times = h('input', { class: 'field', id: 'aim-times', type: 'number', min: 1, max: 1000, inputmode: 'numeric', placeholder: 'until taken back', value: '1' });
    const label = h('label', { class: 'input-label', for: 'aim-path' });
    const methodField = part('aim-method', 'Method', method);
    const fits = () => {
      const of = offer.choices.find((c) => c.id === choice.value).of;
      const known = { path: offer.paths, method: offer.methods, envelope: offer.envelopes }[of];
      methodField.hidden = of !== 'path';
      label.textContent = { path: 'Path begins with', method: 'Web API method', envelope: 'Type of envelope' }[of];
      path.placeholder = 'all of them';
      if (of !== this.of) path.value = '';
      this.of = of;
      put(paths, known.map((k) => h('option', { value: k })));
    };
    choice.addEventListener('change', fits);
    const make = h('button', { type: 'button', class: 'button button-primary', onclick: () => this.aimAt({
      choice: choice.value, method: methodField.hidden ? '' : method.value, path: path.value.trim(), times: Number(times.value) || 0 }) }, 'Make it happen');
    put(this.aim, h('h3', { class: 'side-title' }, 'Some calls only'), h('div', { class: 'aim-fields' }, part('aim-kind', 'What happens', choice, 'aim-wide'),
      methodField, h('div', { class: 'aim-part' }, label, path, paths), part('aim-times', 'How often', times), h('div', { class: 'aim-part aim-go' }, make)));
    fits();
  }

  async aimAt(what) {
    try { this.take(this.all, await act('trouble/at', what)); } catch (e) { this.page.toast(e.message); }
  }

  async set(t, on) {
    try {
      this.take(await act('trouble', { id: t.id, on }), this.aimed);
      if (t.mode === 'now') this.page.toast(t.title + ': done.');
    } catch (e) { this.page.toast(e.message); }
  }
}

const pick = (id, options) => h('select', { class: 'field', id }, options);
const part = (id, words, field, extra = '') => h('div', { class: 'aim-part ' + extra }, h('label', { class: 'input-label', for: id }, words), field);
