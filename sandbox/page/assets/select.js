// A select menu with type-ahead: one or many choices, from a list that is
// known or that is asked for while one types. It follows the combobox pattern
// of ARIA: the focus stays in the text field, the arrow keys walk the list.

import { h, put, icon, fresh } from './dom.js';

// combobox makes one. Of o: label, placeholder, many, most (how many at most),
// chosen [{text, value}], find(query) → groups [{label, options}], least (how
// many letters find needs), wait (milliseconds before find), clears (an empty
// field means no choice), on(chosen).
export function combobox(o) {
  const list = h('ul', { class: 'menu combo-list', role: 'listbox', id: fresh('list'), 'aria-label': o.label, 'aria-multiselectable': o.many ? 'true' : null });
  const field = h('input', {
    type: 'text', class: 'combo-field', role: 'combobox', id: o.id, autocomplete: 'off', spellcheck: 'false',
    'aria-expanded': 'false', 'aria-controls': list.id, 'aria-autocomplete': 'list', 'aria-label': o.labelled ? null : o.label,
    'aria-describedby': o.describedby, placeholder: o.placeholder,
  });
  const chips = h('span', { class: 'combo-chips' });
  const root = h('div', { class: 'combo' + (o.many ? ' combo-many' : '') }, chips, field, icon('down', 'combo-caret'));
  const box = new Combobox(o, root, field, chips, list);
  box.show();
  return root;
}

class Combobox {
  constructor(o, root, field, chips, list) {
    Object.assign(this, { o, root, field, chips, list, chosen: [...o.chosen], rows: [], at: -1, asked: 0, opened: false });
    field.addEventListener('focus', () => { if (!o.many) field.select(); });
    field.addEventListener('click', () => this.open());
    field.addEventListener('input', () => { this.opened ? this.look(field.value) : this.open(field.value); });
    field.addEventListener('keydown', (e) => this.key(e));
    field.addEventListener('blur', () => this.leave());
    root.addEventListener('pointerdown', (e) => {
      if (e.target !== field && !e.target.closest('button')) { e.preventDefault(); field.focus(); this.open(); }
    });
    list.addEventListener('pointerdown', (e) => e.preventDefault()); // the field keeps the focus
    this.close = this.close.bind(this);
    this.scrolled = (e) => { if (!list.contains(e.target)) this.close(); };
  }

  // show puts the choice into the field.
  show() {
    if (!this.o.many) {
      this.field.value = this.chosen[0]?.text || '';
      return;
    }
    put(this.chips, this.chosen.map((c) => h('span', { class: 'chip' }, c.text,
      h('button', { type: 'button', class: 'chip-off', 'aria-label': 'Remove ' + c.text, onclick: () => this.toggle(c) }, icon('close')))));
    this.field.value = '';
    this.field.placeholder = this.chosen.length ? '' : this.o.placeholder || '';
  }

  open(query = '') {
    if (this.opened) return;
    this.opened = true;
    document.body.append(this.list);
    this.field.setAttribute('aria-expanded', 'true');
    addEventListener('scroll', this.scrolled, true);
    addEventListener('resize', this.close);
    this.look(query);
  }

  close() {
    if (!this.opened) return;
    this.opened = false;
    this.asked++;
    clearTimeout(this.timer);
    this.list.remove();
    this.field.setAttribute('aria-expanded', 'false');
    this.field.removeAttribute('aria-activedescendant');
    removeEventListener('scroll', this.scrolled, true);
    removeEventListener('resize', this.close);
  }

  leave() {
    if (this.o.clears && !this.o.many && this.field.value === '' && this.chosen.length) this.choose([]);
    this.close();
    this.show();
  }

  look(query) {
    clearTimeout(this.timer);
    const asked = ++this.asked;
    if (query.trim().length < (this.o.least || 0)) {
      this.note(`Type at least ${this.o.least} ${this.o.least === 1 ? 'letter' : 'letters'}`);
      return;
    }
    if (this.o.wait && !this.rows.length) this.note('Searching…');
    this.timer = setTimeout(async () => {
      try {
        const groups = await this.o.find(query.trim());
        if (asked === this.asked && this.opened) this.fill(groups);
      } catch (e) {
        if (asked === this.asked && this.opened) this.note(e.message || 'The choices could not be loaded.', true);
      }
    }, this.o.wait || 0);
  }

  note(words, bad) {
    this.rows = [];
    this.at = -1;
    put(this.list, h('li', { class: 'menu-note' + (bad ? ' menu-bad' : ''), role: 'presentation' }, words));
    this.place();
  }

  fill(groups) {
    this.rows = [];
    const has = (v) => this.chosen.some((c) => c.value === v);
    put(this.list, groups.filter((g) => g.options.length).map((g) => [
      g.label && h('li', { class: 'menu-label', role: 'presentation' }, g.label),
      g.options.map((option) => {
        const row = h('li', {
          class: 'menu-row', role: 'option', id: fresh('option'), 'aria-selected': String(has(option.value)),
          onclick: () => this.pick(option), onpointermove: () => this.mark(this.rows.findIndex((r) => r.row === row)),
        }, h('span', { class: 'menu-words' }, option.text, option.description && h('small', {}, option.description)), icon('check', 'menu-check'));
        this.rows.push({ row, option });
        return row;
      })]));
    if (!this.rows.length) return this.note('Nothing found');
    this.mark(Math.max(0, this.rows.findIndex((r) => has(r.option.value))));
    this.place();
  }

  // place puts the list below the field, or above where there is more room.
  place() {
    const r = this.root.getBoundingClientRect();
    const below = innerHeight - r.bottom;
    const above = below < 220 && r.top > below;
    const room = Math.min(300, (above ? r.top : below) - 12);
    const s = this.list.style;
    s.left = Math.max(8, Math.min(r.left, innerWidth - r.width - 8)) + 'px';
    s.width = Math.max(r.width, 200) + 'px';
    s.maxHeight = room + 'px';
    s.top = above ? 'auto' : r.bottom + 4 + 'px';
    s.bottom = above ? innerHeight - r.top + 4 + 'px' : 'auto';
  }

  mark(i) {
    this.rows[this.at]?.row.classList.remove('menu-at');
    this.at = i;
    const now = this.rows[i];
    if (!now) return this.field.removeAttribute('aria-activedescendant');
    now.row.classList.add('menu-at');
    this.field.setAttribute('aria-activedescendant', now.row.id);
    now.row.scrollIntoView({ block: 'nearest' });
  }

  key(e) {
    const n = this.rows.length;
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      if (!this.opened) return this.open();
      if (n) this.mark((this.at + (e.key === 'ArrowDown' ? 1 : n - 1)) % n);
    } else if (e.key === 'Enter' && this.opened) {
      e.preventDefault();
      e.stopPropagation();
      if (this.rows[this.at]) this.pick(this.rows[this.at].option);
    } else if (e.key === 'Escape' && this.opened) {
      e.stopPropagation();
      this.close();
      this.show();
    } else if (e.key === 'Backspace' && this.o.many && !this.field.value && this.chosen.length) {
      this.toggle(this.chosen.at(-1));
    }
  }

  pick(option) {
    if (this.o.many) return this.toggle(option);
    this.close();
    this.choose([option]);
    this.show();
    this.field.select();
  }

  toggle(option) {
    const without = this.chosen.filter((c) => c.value !== option.value);
    if (without.length < this.chosen.length) this.choose(without);
    else if (!this.o.most || this.chosen.length < this.o.most) this.choose([...this.chosen, option]);
    this.show();
    this.field.focus();
    if (this.opened) this.look('');
  }

  choose(chosen) {
    this.chosen = chosen;
    this.o.on(chosen);
  }
}

// among finds in a list that is known: first what begins with the words, then
// what has a word that does, then what contains them.
export function among(groups) {
  return async (query) => {
    const q = plain(query);
    if (!q) return groups;
    const rank = (o) => {
      const t = plain(o.text);
      if (t.startsWith(q)) return 0;
      if (t.split(/\s+/).some((w) => w.startsWith(q))) return 1;
      return t.includes(q) ? 2 : 3;
    };
    return groups.map((g) => ({ label: g.label, options: g.options.map((o) => [rank(o), o]).filter(([r]) => r < 3).sort((a, b) => a[0] - b[0]).map(([, o]) => o) }));
  };
}

const plain = (s) => s.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();
