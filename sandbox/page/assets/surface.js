// A surface is where blocks stand and are used: a message or a view. It knows
// what is filled in on it, and takes presses to the app.

import { act } from './api.js';

export class Surface {
  // desk is whose client it is on; where is {channel, ts, revision} or {view};
  // state is what the server knows is filled in, by block and action id.
  constructor(desk, where, state) {
    Object.assign(this, { desk, where, state: state || {}, typed: new Map(), spots: new Set(), errors: {}, trouble: '' });
  }

  key(place, el) { return place.block + '\n' + el.action_id; }

  // held is what an element holds: {value, chosen [{text, value}]}. What was
  // typed here counts before what the server knows, and that before what the
  // app gave at first.
  held(place, el) {
    const typed = this.typed.get(this.key(place, el));
    if (typed) return typed;
    const entry = this.state[place.block]?.[el.action_id];
    return entry ? this.read(entry, (name) => entry[name]) : this.read(el, (name) => el[firsts[name]]);
  }

  read(from, get) {
    const world = this.desk.world;
    const option = (o) => o && { text: o.text?.text || '', value: o.value };
    const named = (id, name) => ({ text: name(id), value: id });
    const some = (one, many) => (get(one) ? [get(one)] : get(many) || []);
    const chosen = [
      ...some('selected_option', 'selected_options').map(option),
      ...some('selected_user', 'selected_users').map((id) => named(id, world.person)),
      ...some('selected_conversation', 'selected_conversations').map((id) => named(id, world.place)),
      ...some('selected_channel', 'selected_channels').map((id) => named(id, world.place)),
    ];
    const value = get('value') ?? get('selected_date') ?? get('selected_time') ?? get('selected_date_time') ?? '';
    return { value: String(value ?? ''), chosen, files: get('files') || [] };
  }

  // keep notes what was put into an element.
  keep(place, el, held) {
    this.typed.set(this.key(place, el), held);
    delete this.errors[place.block];
    this.changed?.();
  }

  // values is all that was put in here and still has its place, as the server
  // takes it.
  values() {
    const out = {};
    for (const [key, held] of this.typed) {
      if (!this.spots.has(key)) continue;
      const [block, action] = key.split('\n');
      (out[block] ||= {})[action] = input(held);
    }
    return out;
  }

  async press(place, el, held) {
    if (held) this.keep(place, el, held); // a button holds nothing
    const reply = await act('press', {
      user: this.desk.user, ...this.where, block_id: place.block, action_id: el.action_id, ...input(held || {}), state: this.values(),
    }).catch((e) => ({ error: e.message }));
    this.trouble = reply.error || '';
    this.after?.(reply);
    return reply;
  }

  async suggest(place, el, query) {
    const found = await act('suggest', { user: this.desk.user, ...this.where, block_id: place.block, action_id: el.action_id, query });
    return found.groups || [{ options: found.options || [] }];
  }

  // ask shows an element's confirm dialog, if it has one.
  async ask(el) { return !el.confirm || this.desk.confirm(el.confirm); }
}

const input = (held) => {
  const out = {};
  if (held.value) out.value = held.value;
  if (held.files?.length) out.files = held.files.map((f) => f.id);
  if (held.chosen?.length) out.selected = held.chosen.map((c) => c.value);
  return out;
};

// firsts names the property with which an app fills an element at first.
const firsts = {
  value: 'initial_value', selected_option: 'initial_option', selected_options: 'initial_options',
  selected_user: 'initial_user', selected_users: 'initial_users',
  selected_conversation: 'initial_conversation', selected_conversations: 'initial_conversations',
  selected_channel: 'initial_channel', selected_channels: 'initial_channels',
  selected_date: 'initial_date', selected_time: 'initial_time', selected_date_time: 'initial_date_time',
};
