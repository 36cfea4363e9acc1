// What somebody who is not in Slack does with a mail from Apple: accept an invitation, also
// with another account, or install a build.

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
export const accepting = (page, email) => button('Accept it…', () => {
  const account = prompt('You are ' + email + ' and accept the invitation. The address of your Apple Account:', email);
  if (account !== null) does(page, { deed: 'accept', email, account });
});

// installing plays a tester who has got a mail from TestFlight.
export const installing = (page, email, app) => button('Accept and install', () => does(page, { deed: 'install', email, app }));
