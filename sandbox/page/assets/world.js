// What a desk knows of people and places: ids to names, in the eyes of one
// person.

export class World {
  constructor(desk, toast) {
    this.desk = desk;
    this.toast = toast;
    this.take({ user: {}, channels: [], people: [], groups: [], everybody: [] });
    for (const name of ['person', 'channel', 'group', 'place', 'file', 'open']) this[name] = this[name].bind(this);
  }

  take(state) {
    this.state = state;
    this.me = state.user.id;
    this.zone = state.user.tz || 'UTC';
    this.byID = new Map([...state.everybody, ...(state.people || [])].map((p) => [p.id, p]));
    this.rooms = new Map(state.channels.map((c) => [c.id, c]));
  }

  who(id) { return this.byID.get(id); }
  person(id) { const p = this.byID.get(id); return p ? p.real_name || p.name : id; }
  channel(id) { const c = this.rooms.get(id); return c && c.kind !== 'im' ? c.name : ''; }
  group(id) { const g = (this.state.groups || []).find((one) => one.id === id); return g ? g.handle || g.name : id; }
  place(id) { const c = this.rooms.get(id); return c ? (c.kind === 'im' ? c.name : '#' + c.name) : id; }
  open(id) { this.desk.go(id); }

  // people and places are what the menus of a form offer.
  people() {
    return [...this.byID.values()].filter((p) => !p.deleted)
      .map((p) => ({ text: p.real_name || p.name, value: p.id, description: '@' + p.name }));
  }
  places(withDirect) {
    return [...this.rooms.values()].filter((c) => withDirect || c.kind !== 'im').map((c) => ({ text: this.place(c.id), value: c.id }));
  }

  // file is the address of an uploaded file, when one of the messages has it.
  file(ref) {
    if (!ref) return '';
    for (const c of this.rooms.values()) {
      for (const m of c.messages || []) {
        const f = (m.files || []).find((one) => one.id === ref.id || (ref.url && ref.url.includes('-' + one.id + '/')));
        if (f) return f.path;
      }
    }
    return ref.id ? '' : sameHost(ref.url);
  }
}

function sameHost(url) {
  try { const u = new URL(url); return u.origin === location.origin ? u.pathname : ''; } catch { return ''; }
}
