// Slack's Web API and Socket Mode libraries without Bolt around them.
import { LogLevel, WebClient } from '@slack/web-api';
import { SocketModeClient } from '@slack/socket-mode';
import { check, holds, same, until } from './workspace.mjs';

const divider = { type: 'divider' };

export async function alone({ slack_api_url, slack_app_token, slack_bot_token }, people) {
  const web = new WebClient(slack_bot_token, { slackApiUrl: slack_api_url, logLevel: LogLevel.ERROR });
  const refused = async (call) => {
    try {
      await call;
    } catch (err) {
      return err.data ?? {};
    }
    throw new Error('it was not refused');
  };

  await check('web-api: who am I, and with which scopes', async () => {
    const me = await web.auth.test();
    same('the team', me.team_id, 'T0MEADOW');
    holds('no scopes in the headers', me.response_metadata.scopes.includes('chat:write'));
  });

  await check('web-api: lists page by page', async () => {
    const names = [];
    for await (const page of web.paginate('conversations.list', { limit: 2, types: 'public_channel,private_channel' })) {
      holds('a page has more than asked for', page.channels.length <= 2);
      names.push(...page.channels.map((c) => c.name));
    }
    holds(`the bot sees ${names}`, names.includes('ios') && names.includes('asc-approvals') && new Set(names).size === names.length);
  });

  await check('web-api: what Slack does not take is named', async () => {
    const long = { type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3001) } };
    const no = await refused(web.chat.postMessage({ channel: 'C0SALES', text: 'x', blocks: [divider, long] }));
    same('the error', no.error, 'invalid_blocks');
    same('the reason', no.response_metadata.messages[0], '[ERROR] must be less than 3001 characters [json-pointer:/blocks/1/text/text]');
    same('elsewhere', (await refused(web.chat.postMessage({ channel: 'C0NONE', text: 'x' }))).error, 'channel_not_found');
    same('a method', (await refused(web.apiCall('chat.shout'))).error, 'unknown_method');
    same('a token', (await refused(new WebClient('xoxb-1', { slackApiUrl: slack_api_url, logLevel: LogLevel.ERROR }).auth.test())).error, 'invalid_auth');
  });

  await check('web-api: too much at once is held back, and all of it arrives', async () => {
    let held = 0;
    web.on('rate_limited', () => { held += 1; });
    const texts = Array.from({ length: 8 }, (_, i) => `one of many: ${i}`);
    await Promise.all(texts.map((text) => web.chat.postMessage({ channel: 'C0SALES', text })));
    const there = (await people.messages('U0ANA', 'C0SALES')).map((m) => m.text);
    holds(`only these arrived: ${there}`, texts.every((text) => there.filter((t) => t === text).length === 1));
    holds('nothing was held back', held > 0);
  });

  await check('web-api: a thread with metadata is read back', async () => {
    await new Promise((resolve) => { setTimeout(resolve, 3000); });
    const metadata = { event_type: 'digest', event_payload: { day: '2026-11-27' } };
    const first = await web.chat.postMessage({ channel: 'C0SALES', text: 'Digest', metadata });
    const reply = await web.chat.postMessage({ channel: 'C0SALES', text: 'More', thread_ts: first.ts, reply_broadcast: true });
    const all = await web.conversations.replies({ channel: 'C0SALES', ts: first.ts, include_all_metadata: true });
    same('messages of the thread', all.messages.map((m) => m.text).join(), 'Digest,More');
    same('the metadata', all.messages[0].metadata.event_payload.day, '2026-11-27');
    const newest = await web.conversations.history({ channel: 'C0SALES', limit: 1 });
    same('the newest in the channel', newest.messages[0].ts, reply.ts);
    await web.chat.delete({ channel: 'C0SALES', ts: reply.ts });
    const later = await web.chat.scheduleMessage({ channel: 'C0SALES', text: 'Later', post_at: Math.floor(Date.now() / 1000) + 3600 });
    same('the time', typeof later.post_at, 'string');
    await web.chat.deleteScheduledMessage({ channel: 'C0SALES', scheduled_message_id: later.scheduled_message_id });
  });

  await check('socket-mode: two connections share what is typed', async () => {
    const none = async () => (await people.wire()).findLast((l) => l.kind === 'socket').what.endsWith('there are 0');
    await until('the end of every other connection', none);
    const heard = [0, 0];
    const clients = heard.map((_, i) => {
      const c = new SocketModeClient({ appToken: slack_app_token, clientOptions: { slackApiUrl: slack_api_url }, logLevel: LogLevel.ERROR });
      c.on('slash_commands', async ({ ack, body }) => {
        heard[i] += 1;
        await ack({ text: `connection ${i} heard ${body.text}` });
      });
      return c;
    });
    for (const c of clients) await c.start();
    for (let i = 0; i < 6; i += 1) {
      const r = await people.type('U0ANA', '#ios', `/asc ${i}`);
      holds(`${r.error}`, !r.code);
    }
    same('how they shared', heard.join(), '3,3');
    for (const c of clients) await c.disconnect();
    await until('the end of both', none);
    const r = await people.type('U0ANA', '#ios', '/asc gone');
    same('without a connection', r.error, '/asc failed with the error "dispatch_failed"');
  });
}
