// Modals, one upon the other, and the App Home.

import { h, icon, put } from './dom.js';
import { act } from './api.js';
import { blocks, markErrors } from './blocks.js';
import { textObject } from './mrkdwn.js';
import { trap } from './popup.js';
import { Surface } from './surface.js';

const parse = (x) => (typeof x === 'string' ? JSON.parse(x) : x || []);

// Modals shows the topmost of a person's open views over their desk.
export class Modals {
  constructor(desk) {
    Object.assign(this, { desk, surfaces: new Map(), now: null });
    this.root = h('div', { class: 'shade', hidden: true });
  }

  update(views) {
    const stack = (views || []).filter((v) => v.type !== 'home');
    for (const id of this.surfaces.keys()) if (!stack.some((v) => v.id === id)) this.surfaces.delete(id);
    const top = stack.at(-1);
    if (!top) return this.hide();
    const surface = this.surface(top);
    const look = JSON.stringify([top.id, top.hash, top.blocks, top.title, top.submit, top.close, stack.length]);
    if (this.now?.look !== look) this.draw(top, surface, stack.length, look);
    this.marks(top);
  }

  surface(view) {
    let s = this.surfaces.get(view.id);
    if (!s) {
      s = new Surface(this.desk, { view: view.id }, {});
      s.changed = () => { this.marks(); this.saveSoon(s); };
      s.after = () => this.marks();
      this.surfaces.set(view.id, s);
    }
    s.state = parse(view.state) || {};
    return s;
  }

  // saveSoon tells the server what was typed, so that it is still there after
  // the page was loaded again or somebody else acted in between.
  saveSoon(surface) {
    clearTimeout(surface.timer);
    surface.timer = setTimeout(() => {
      act('fill', { user: this.desk.user, view: surface.where.view, values: surface.values() }).catch(() => {});
    }, 350);
  }

  hide() {
    if (!this.now) return;
    this.now = null;
    this.root.hidden = true;
    put(this.root);
    this.desk.cover(false);
    this.desk.settleFocus();
  }

  draw(view, surface, depth, look) {
    const first = this.now?.id !== view.id;
    const spot = first ? '' : document.activeElement?.dataset?.spot;
    const caret = spot && document.activeElement.selectionStart;
    const scrolled = first ? 0 : this.body?.scrollTop;
    this.body = h('div', { class: 'modal-body' }, blocks(parse(view.blocks), surface));
    this.trouble = h('p', { class: 'modal-trouble', role: 'alert' });
    this.submit = view.submit && h('button', { type: 'button', class: 'button button-primary button-big', onclick: () => this.send() }, view.submit);
    const title = 'modal-title-' + view.id;
    this.dialog = h('section', { class: 'modal' + (first ? ' modal-new' : ''), role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': title, tabindex: '-1' },
      h('header', { class: 'modal-head' },
        depth > 1 && h('button', { type: 'button', class: 'tool-button', 'aria-label': 'Back', onclick: () => this.back() }, icon('back')),
        h('img', { class: 'avatar avatar-small', src: '/assets/icon.svg', alt: '' }),
        h('h2', { id: title }, view.title || ''),
        h('button', { type: 'button', class: 'tool-button', 'aria-label': 'Close', onclick: () => this.close() }, icon('close'))),
      this.body, this.trouble,
      h('footer', { class: 'modal-foot' },
        h('button', { type: 'button', class: 'button button-big', onclick: () => this.back() }, view.close || (view.submit ? 'Cancel' : 'Close')), this.submit));
    this.dialog.addEventListener('keydown', (e) => this.key(e));
    trap(this.dialog);
    put(this.root, this.dialog);
    this.root.hidden = false;
    this.desk.cover(true);
    this.now = { id: view.id, look, view, surface };
    this.focus(first, spot, caret);
    this.body.scrollTop = scrolled;
  }

  focus(first, spot, caret) {
    const all = [...this.body.querySelectorAll('[data-spot]')];
    if (!first && spot) {
      const again = all.find((n) => n.dataset.spot === spot);
      again?.focus();
      try { if (caret !== undefined && again?.setSelectionRange) again.setSelectionRange(caret, caret); } catch { /* a date field has no caret */ }
      if (again) return;
    }
    if (!first && this.desk.root.contains(document.activeElement) && document.activeElement !== document.body) return;
    if (this.desk.isMain() || this.desk.root.contains(document.activeElement) || first) (all.find((n) => n.matches('input, textarea')) || this.dialog).focus();
  }

  // marks shows what is wrong with the form, at the field or above the buttons.
  marks(view) {
    if (!this.now) return;
    if (view) this.now.view = view;
    const { surface } = this.now;
    // what the server last said counts until one changes the field
    for (const [block, words] of Object.entries(this.now.view.errors || {})) {
      const said = block + words + this.now.view.hash;
      if (!surface.seen?.has(said)) { (surface.seen ||= new Set()).add(said); surface.errors[block] = words; }
    }
    markErrors(this.body, surface.errors);
    const words = surface.trouble || this.now.view.trouble || '';
    put(this.trouble, words && [icon('warn'), words]);
    if (this.submit && !this.busy) this.submit.disabled = Boolean(this.now.view.submit_disabled);
  }

  async send() {
    if (this.busy || !this.submit || this.submit.disabled) return;
    const { surface, id } = this.now;
    clearTimeout(surface.timer);
    this.waiting(true);
    surface.trouble = '';
    surface.errors = {};
    const reply = await act('submit', { user: this.desk.user, view: id, values: surface.values() }).catch((e) => ({ error: e.message }));
    this.waiting(false);
    surface.errors = { ...(reply.errors || {}) };
    surface.trouble = reply.error || '';
    this.marks();
    this.body.querySelector('.input-bad [data-spot]')?.focus();
    await this.desk.refresh();
  }

  waiting(on) {
    this.busy = on;
    if (!this.submit) return;
    this.submit.ariaDisabled = on ? 'true' : null; // disabled, it would lose the focus, and Escape with it
    this.submit.classList.toggle('spins', on);
    this.submit.ariaBusy = String(on);
  }

  async back() { await this.leave({ view: this.now.id }); }
  async close() { await this.leave({ view: this.now.id, all: true }); }
  async leave(what) {
    clearTimeout(this.now.surface.timer);
    await act('dismiss', { user: this.desk.user, ...what }).catch((e) => this.desk.world.toast(e.message));
    await this.desk.refresh();
  }

  key(e) {
    if (e.key === 'Escape') { e.stopPropagation(); this.back(); }
    if (e.key === 'Enter' && !e.isComposing && (e.target.matches('input:not([type=checkbox]):not([type=radio])') || (e.target.matches('textarea') && (e.ctrlKey || e.metaKey)))) {
      e.preventDefault();
      this.send();
    }
  }
}

// Home is the tab of the app that belongs to one person.
export class Home {
  constructor(desk) {
    this.desk = desk;
    this.root = h('div', { class: 'home', tabindex: '0', role: 'region', 'aria-label': 'App Home' });
  }

  update(view) {
    if (!view) {
      this.look = '';
      put(this.root, h('p', { class: 'home-empty' }, 'The app has put nothing here yet.'));
      return;
    }
    if (this.surface?.where.view !== view.id) {
      this.surface = new Surface(this.desk, { view: view.id }, {});
      this.surface.after = (reply) => { if (reply.error) this.desk.world.toast(reply.error); };
    }
    this.surface.state = parse(view.state) || {};
    const look = JSON.stringify([view.id, view.hash, view.blocks]);
    if (look === this.look) return;
    this.look = look;
    put(this.root, h('div', { class: 'home-page blocks' }, blocks(parse(view.blocks), this.surface)));
  }
}

// confirm shows a confirm dialog on a desk and waits for its answer.
export function confirm(desk, c) {
  return new Promise((done) => {
    const before = document.activeElement;
    const end = (yes) => { shade.remove(); desk.cover(Boolean(desk.modals.now)); before?.focus?.(); done(yes); };
    const yes = h('button', { type: 'button', class: 'button button-big ' + (c.style === 'danger' ? 'button-danger-full' : 'button-primary'), onclick: () => end(true) }, c.confirm?.text || 'Yes');
    const dialog = h('section', { class: 'modal modal-small modal-new', role: 'alertdialog', 'aria-modal': 'true', 'aria-label': c.title?.text },
      h('header', { class: 'modal-head' }, h('h2', {}, c.title?.text || ''), h('button', { type: 'button', class: 'tool-button', 'aria-label': 'Close', onclick: () => end(false) }, icon('close'))),
      h('div', { class: 'modal-body' }, h('div', { class: 'mrk' }, textObject(c.text, desk.world))),
      h('footer', { class: 'modal-foot' }, h('button', { type: 'button', class: 'button button-big', onclick: () => end(false) }, c.deny?.text || 'Cancel'), yes));
    dialog.addEventListener('keydown', (e) => { if (e.key === 'Escape') { e.stopPropagation(); end(false); } });
    trap(dialog);
    const shade = h('div', { class: 'shade' }, dialog);
    desk.root.append(shade);
    desk.cover(true);
    yes.focus();
  });
}
