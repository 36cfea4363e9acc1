// How a person is shown: a face of initials, and what they may do here.

import { h } from './dom.js';

export const initials = (name) => name.split(/\s+/).filter(Boolean).map((w) => [...w][0]).slice(0, 2).join('').toUpperCase() || '?';

const tint = (id) => [...id].reduce((t, c) => (t * 31 + c.codePointAt(0)) % 997, 7) % 8;

export function avatar(person, size = '') {
  const kind = 'avatar' + (size ? ' avatar-' + size : '');
  if (person?.is_bot) return h('img', { class: kind, src: '/assets/icon.svg', alt: '' });
  return h('span', { class: `${kind} tint-${tint(person?.id || '?')}`, 'aria-hidden': 'true' }, initials(person?.real_name || person?.name || '?').slice(0, size === 'tiny' ? 1 : 2));
}

export function role(p) {
  if (p.deleted) return 'Deactivated';
  if (p.is_stranger) return 'Other workspace';
  if (p.is_primary_owner || p.is_owner) return 'Workspace owner';
  if (p.is_admin) return 'Workspace admin';
  if (p.is_ultra_restricted) return 'Single-channel guest';
  if (p.is_restricted) return 'Guest';
  return p.is_bot ? 'App' : 'Member';
}
