// Where one writes: messages, and commands with hints on what may follow.

import { h, icon, put, fresh } from './dom.js';

export class Composer {
  // on(text) sends what was written; hints() are those the page offers; more(button)
  // opens what else can be done here.
  constructor({ label, hints, on, more }) {
    Object.assign(this, { hints, on, at: -1, rows: [], drafts: new Map(), place: '' });
    this.list = h('ul', { class: 'hints', role: 'listbox', id: fresh('hints'), 'aria-label': 'Commands', hidden: true });
    this.field = h('textarea', { class: 'composer-field', rows: 1, 'aria-label': label, autocomplete: 'off', spellcheck: 'false',
      role: hints ? 'combobox' : null, 'aria-expanded': hints ? 'false' : null, 'aria-controls': hints ? this.list.id : null, 'aria-autocomplete': hints ? 'list' : null });
    this.button = h('button', { type: 'button', class: 'composer-send', 'aria-label': 'Send', onclick: () => this.send() }, icon('send'));
    this.more = more && h('button', { type: 'button', class: 'tool-button composer-more', 'aria-label': 'Shortcuts', title: 'Shortcuts', 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: () => more(this.more) }, icon('plus'));
    this.root = h('div', { class: 'composer' }, this.list, h('div', { class: 'composer-box' }, this.more, this.field, this.button));
    this.field.addEventListener('input', () => this.changed());
    this.field.addEventListener('keydown', (e) => this.key(e));
    // the Enter that sent a text does not also break a line in the next one
    this.field.addEventListener('beforeinput', (e) => { if (e.inputType === 'insertLineBreak' && this.entered) e.preventDefault(); });
    this.field.addEventListener('keyup', () => { this.entered = false; });
    this.field.addEventListener('blur', () => this.hide());
    this.field.addEventListener('focus', () => this.hint());
    this.list.addEventListener('pointerdown', (e) => e.preventDefault());
    this.changed();
  }

  // moveTo keeps a draft for each place.
  moveTo(place, placeholder, off) {
    this.field.placeholder = placeholder;
    this.field.disabled = Boolean(off);
    if (this.more) this.more.disabled = Boolean(off);
    if (place === this.place) return;
    this.drafts.set(this.place, this.field.value);
    this.place = place;
    this.write(this.drafts.get(place) || '');
    this.hide();
  }

  write(text) {
    this.field.value = text;
    this.changed();
  }

  changed() {
    this.field.style.height = 'auto';
    if (this.field.scrollHeight) this.field.style.height = Math.min(180, this.field.scrollHeight) + 'px';
    this.button.disabled = !this.field.value.trim();
    if (document.activeElement === this.field) this.hint();
  }

  hide() {
    this.list.hidden = true;
    this.field.setAttribute('aria-expanded', 'false');
    this.at = -1;
  }

  // hint offers the commands that begin with what is written, and once one is
  // complete, what may follow it.
  hint() {
    const text = this.field.value;
    if (!this.hints || !text.startsWith('/')) return this.hide();
    const typed = text.toLowerCase().replace(/\s+/g, ' ');
    const all = this.hints();
    const longest = all.filter((x) => typed.startsWith(x.command + ' ')).sort((a, b) => b.command.length - a.command.length)[0];
    const fits = all.filter((x) => x.command.startsWith(typed));
    const show = fits.length ? fits : longest ? [longest] : [];
    if (!show.length) return this.hide();
    this.rows = fits.length ? show : [];
    put(this.list, show.map((x, i) => h('li', { class: 'hint' + (fits.length ? '' : ' hint-now'), role: 'option', id: this.list.id + i, 'aria-selected': 'false',
      onclick: () => { if (fits.length) this.take(x); } },
    h('span', { class: 'hint-command' }, x.command), x.usage && h('span', { class: 'hint-usage' }, ' ' + x.usage), h('span', { class: 'hint-about' }, x.about))));
    this.list.hidden = false;
    this.field.setAttribute('aria-expanded', 'true');
    this.mark(-1);
  }

  mark(i) {
    this.at = i;
    [...this.list.children].forEach((row, n) => {
      row.classList.toggle('hint-at', n === i);
      row.setAttribute('aria-selected', String(n === i));
    });
    if (i >= 0) {
      this.field.setAttribute('aria-activedescendant', this.list.id + i);
      this.list.children[i].scrollIntoView({ block: 'nearest' });
    } else this.field.removeAttribute('aria-activedescendant');
  }

  take(x) {
    this.write(x.command + (x.usage ? ' ' : ''));
    this.field.focus();
  }

  key(e) {
    if (e.isComposing) return;
    const open = !this.list.hidden && this.rows.length;
    if (open && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) {
      e.preventDefault();
      const n = this.rows.length;
      this.mark(e.key === 'ArrowDown' ? (this.at + 1) % n : (this.at + n - (this.at < 0 ? 0 : 1)) % n);
    } else if (open && e.key === 'Tab' && !e.shiftKey && this.rows[0].command !== this.field.value.trim()) {
      e.preventDefault();
      this.take(this.rows[Math.max(0, this.at)]);
    } else if (e.key === 'Escape' && !this.list.hidden) {
      e.stopPropagation();
      this.hide();
    } else if (e.key === 'Enter' && !e.shiftKey) {
      e.preventDefault();
      this.entered = true;
      if (open && this.at >= 0) this.take(this.rows[this.at]);
      else this.send();
    }
  }

  send() {
    const text = this.field.value.trim();
    if (!text) return;
    this.write('');
    this.hide();
    this.on(text);
  }
}
