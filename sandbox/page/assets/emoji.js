// Emoji by the names Slack gives them; a name that is not here stays a name.

const list = `
+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok_hand 👌 wave 👋 clap 👏 raised_hands 🙌 pray 🙏 muscle 💪 point_right 👉 point_left 👈 point_up ☝️ point_down 👇
smile 😄 slightly_smiling_face 🙂 grin 😁 joy 😂 sweat_smile 😅 wink 😉 blush 😊 thinking_face 🤔 neutral_face 😐 cry 😢 sob 😭 scream 😱 sunglasses 😎 eyes 👀 see_no_evil 🙈 robot_face 🤖
heart ❤️ green_heart 💚 blue_heart 💙 broken_heart 💔 star ⭐ star2 🌟 sparkles ✨ fire 🔥 zap ⚡ boom 💥 tada 🎉 trophy 🏆 gift 🎁 rocket 🚀 bulb 💡 bell 🔔 no_bell 🔕 mega 📣 loudspeaker 📢
white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ negative_squared_cross_mark ❎ warning ⚠️ no_entry ⛔ no_entry_sign 🚫 octagonal_sign 🛑 question ❓ grey_question ❔ exclamation ❗ grey_exclamation ❕ information_source ℹ️
hourglass ⌛ hourglass_flowing_sand ⏳ alarm_clock ⏰ stopwatch ⏱️ calendar 📆 date 📅 clock9 🕘 arrows_counterclockwise 🔄 repeat 🔁 leftwards_arrow_with_hook ↩️ arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ arrow_forward ▶️ fast_forward ⏩ double_vertical_bar ⏸️
red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡 large_green_circle 🟢 large_blue_circle 🔵 white_circle ⚪ black_circle ⚫ large_green_square 🟩 large_red_square 🟥
chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 bar_chart 📊 moneybag 💰 dollar 💵 euro 💶 credit_card 💳 receipt 🧾 package 📦 iphone 📱 computer 💻 apple 🍎 test_tube 🧪 bug 🐛 wrench 🔧 hammer 🔨 gear ⚙️ key 🔑 lock 🔒 unlock 🔓 link 🔗 mag 🔍 memo 📝 clipboard 📋 page_facing_up 📄 file_folder 📁 inbox_tray 📥 outbox_tray 📤 email 📧 envelope ✉️ speech_balloon 💬 bust_in_silhouette 👤 busts_in_silhouette 👥 earth_americas 🌎 seedling 🌱 herb 🌿 sunny ☀️ coffee ☕`.trim().split(/\s+/);

const known = new Map();
for (let i = 0; i + 1 < list.length; i += 2) known.set(list[i], list[i + 1]);

export const emoji = (name) => known.get(name.replace(/::skin-tone-\d$/, '')) || null;
