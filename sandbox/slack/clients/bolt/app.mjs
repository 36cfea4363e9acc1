// A small app on Bolt, as its documentation teaches them: one command with a few words, a form that is
// checked and goes on to a second one, a card with a button, a Home, a file.
import { App, LogLevel } from '@slack/bolt';

const plain = (text) => ({ type: 'plain_text', text });
const button = (action_id, text, value) => ({ type: 'button', action_id, text: plain(text), value });

const form = {
  type: 'modal', callback_id: 'invite', title: plain('Invite'), submit: plain('Next'), close: plain('Cancel'), notify_on_close: true,
  blocks: [
    { type: 'input', block_id: 'email', label: plain('E-mail'), element: { type: 'email_text_input', action_id: 'value' } },
    { type: 'input', block_id: 'app', label: plain('App'), element: { type: 'external_select', action_id: 'pick', min_query_length: 2, placeholder: plain('Choose') } },
  ],
};
const sure = (email, app) => ({
  type: 'modal', callback_id: 'sure', title: plain('Sure?'), submit: plain('Invite'), private_metadata: JSON.stringify({ email, app }),
  blocks: [{ type: 'section', text: { type: 'mrkdwn', text: `Invite ${email} to ${app}` } }],
});
const home = (user) => ({
  type: 'home',
  blocks: [
    { type: 'header', text: plain('What waits for you') },
    { type: 'section', block_id: 'hello', text: { type: 'mrkdwn', text: `Nothing, <@${user}>` }, accessory: button('refresh', 'Look again', 'now') },
  ],
});

// png is the smallest picture.
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

export async function startApp({ slack_api_url, slack_app_token, slack_bot_token }) {
  const app = new App({
    token: slack_bot_token, appToken: slack_app_token, socketMode: true, logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack_api_url },
  });
  const seen = { closed: [], uploads: [], errors: [] };
  app.error(async (err) => { seen.errors.push(err.message); });

  const words = {
    async echo({ ack, command }) { await ack({ text: `You said ${command.text}` }); },
    async silent() { /* no acknowledgement */ },
    async big({ ack }) { await ack({ text: 'x'.repeat(25_000) }); },
    async form({ ack, client, body }) {
      await ack();
      await client.views.open({ trigger_id: body.trigger_id, view: form });
    },
    async card({ ack, client, command }) {
      await ack();
      await client.chat.postMessage({
        channel: command.channel_id, text: 'A request', metadata: { event_type: 'request', event_payload: { id: '42' } },
        blocks: [
          { type: 'section', text: { type: 'mrkdwn', text: 'Invite bo@example.com' } },
          { type: 'actions', block_id: 'decide', elements: [button('approve', 'Approve', '42')] },
        ],
      });
    },
    async file({ ack, client, command }) {
      await ack();
      seen.uploads.push(await client.filesUploadV2({
        channel_id: command.channel_id, file: png, filename: 'units.png', title: 'Units', alt_text: 'Units are up', initial_comment: 'This week',
      }));
    },
  };
  app.command('/asc', async (args) => words[args.command.text.split(' ')[0]](args));

  app.options({ block_id: 'app', action_id: 'pick' }, async ({ ack, options }) => {
    const all = ['Halo', 'Halo Mini', 'Pebble', 'Tide'];
    const found = all.filter((name) => name.toLowerCase().startsWith(options.value.toLowerCase()));
    await ack({ options: found.map((name) => ({ text: plain(name), value: name })) });
  });

  app.view('invite', async ({ ack, view }) => {
    const email = view.state.values.email.value.value;
    if (email.startsWith('nobody')) {
      await ack({ response_action: 'errors', errors: { email: 'Nobody has that address.' } });
      return;
    }
    await ack({ response_action: 'push', view: sure(email, view.state.values.app.pick.selected_option.value) });
  });
  app.view('sure', async ({ ack, view, client, body }) => {
    await ack({ response_action: 'clear' });
    const { email, app: name } = JSON.parse(view.private_metadata);
    await client.chat.postMessage({ channel: body.user.id, text: `Invited ${email} to ${name}` });
  });
  app.view({ callback_id: 'invite', type: 'view_closed' }, async ({ ack, body }) => {
    await ack();
    seen.closed.push(body.is_cleared);
  });

  app.action('approve', async ({ ack, action, body, client, respond }) => {
    await ack();
    await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text: `Approved ${action.value}`, blocks: [] });
    await respond({ text: `You approved ${action.value}`, response_type: 'ephemeral', replace_original: false });
  });

  app.event('app_home_opened', async ({ event, client }) => {
    await client.views.publish({ user_id: event.user, view: home(event.user) });
  });
  app.event('app_mention', async ({ event, say }) => { await say({ text: `You called, <@${event.user}>?`, thread_ts: event.ts }); });
  app.action('refresh', async ({ ack, body, client }) => {
    await ack();
    await client.views.publish({ user_id: body.user.id, view: { ...home(body.user.id), blocks: [{ type: 'header', text: plain('Still nothing') }] }, hash: body.view.hash });
  });

  await app.start();
  return { seen, stop: () => app.stop() };
}
