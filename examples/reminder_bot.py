"""Reminds people of things, also after it was switched off: `/remind 20m Take the bread out`.

Reminders lie in the bot's memory, in its encrypted profile. BABILU_PASSWORD is the password of its account:

    BABILU_PASSWORD='a password of its own' REMINDER_PORT=5050 python examples/reminder_bot.py
"""

import os
import re

from babilu import Bot

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
LOOK_EVERY_S = 5
KEPT_AT_MOST = 100

bot = Bot(
    host=os.environ.get("REMINDER_HOST", "127.0.0.1"),
    port=int(os.environ.get("REMINDER_PORT", "5050")),
    name=os.environ.get("REMINDER_NAME", "reminder"),
)


@bot.command("remind")
def remind(message, words):
    """/remind 20m TEXT: say TEXT in 20 minutes (s, m, h, d)"""
    match = re.fullmatch(r"(\d{1,4})\s*([smhd])\s+(.+)", words, re.DOTALL)
    if match is None:
        return "Write it like this: /remind 20m Take the bread out"
    mine = bot.memory.beginning_with(f"{message.conversation}/")
    if len(mine) >= KEPT_AT_MOST:
        return f"I keep {KEPT_AT_MOST} reminders for you already."
    due = bot.now() + int(match[1]) * UNITS[match[2]]
    bot.memory[f"{message.conversation}/{message.id.hex()}"] = {"due": due, "text": match[3]}
    return f"I will remind you in {match[1]} {match[2]}."


@bot.command("list")
def list_reminders(message, words):
    """What you will be reminded of"""
    keys = bot.memory.beginning_with(f"{message.conversation}/")
    reminders = sorted((bot.memory[key] for key in keys), key=lambda reminder: reminder["due"])
    return "\n".join(f"in {max(round(r['due'] - bot.now()), 0)} s: {r['text']}" for r in reminders) or "Nothing."


@bot.command("forget")
def forget(message, words):
    """Forget all of your reminders"""
    keys = bot.memory.beginning_with(f"{message.conversation}/")
    for key in keys:
        del bot.memory[key]
    return f"Forgotten: {len(keys)}."


@bot.every(LOOK_EVERY_S)
def look():
    """Say what is due. It is sent before it is forgotten: a crash in between says it twice, and never not at all."""
    for key in bot.memory:
        reminder = bot.memory[key]
        if reminder["due"] <= bot.now():
            bot.send(key.rpartition("/")[0], f"Reminder: {reminder['text']}")
            del bot.memory[key]


if __name__ == "__main__":
    bot.run()
