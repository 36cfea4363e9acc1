// What happens where neither the bot nor Slack sees it: somebody accepts an invitation, also
// with another account, leaves Slack, tests an app, or follows a public link; a developer uploads a build;
// Apple processes it and reviews it.

import { act } from './api.js';
import { h } from './dom.js';

const button = (words, on) => h('button', { type: 'button', class: 'link-button', onclick: on }, words);

async function does(page, body) {
  try {
    await act('outside', body);
    await page.apple.refresh();
  } catch (e) {
    page.toast(e.message);
  }
}

// accepting plays whoever was invited: they sign in, perhaps with another account.
export const accepting = (page, email, team) => button('Accept it…', () => {
  const account = prompt('You are ' + email + ' and accept the invitation. The address of your Apple Account:', email);
  if (account !== null) does(page, { deed: 'accept', email, account, team });
});

// leaving plays those who run the workspace: somebody's account in Slack is deactivated, or
// is used again.
export const leaving = (page, email) => {
  const who = page.everybody.find((p) => p.email?.toLowerCase() === email?.toLowerCase());
  if (!who) return null;
  return who.deleted ? button('Is back in Slack', () => does(page, { deed: 'return-to-slack', id: who.id }))
    : button('Leaves Slack', () => does(page, { deed: 'leave-slack', id: who.id }));
};

// testing plays a tester who has got a mail from TestFlight.
export const testing = (page, email, app, state) => [
  state === 'INVITED' && button('Accept', () => does(page, { deed: 'accept-testing', email, app })),
  button(state === 'INVITED' ? 'Accept and install' : 'Install', () => does(page, { deed: 'install', email, app })),
];

// following plays somebody who has found the public link of a group.
export const following = (page, id) => button('Follow the link', () => does(page, { deed: 'follow-link', id }));

// uploading plays a developer.
export const uploading = (page, app, name) => button('Upload a build…', () => {
  const number = prompt('You upload another build of ' + name + ' from Xcode. Its number:');
  if (number) does(page, { deed: 'upload', app, number });
});

// handling plays Apple, as far as a build waits for Apple.
export const handling = (page, build, processing, external) => {
  const deed = (words, name) => button(words, () => does(page, { deed: name, id: build }));
  if (processing === 'PROCESSING') return [deed('Processed', 'processed'), deed('Invalid', 'invalid')];
  if (external !== 'WAITING_FOR_BETA_REVIEW' && external !== 'IN_BETA_REVIEW') return null;
  return [external === 'WAITING_FOR_BETA_REVIEW' && deed('Begin review', 'review-begins'), deed('Approve', 'review-passes'), deed('Reject', 'review-rejects')];
};
