"""Answers every message with itself: five lines, and an account that registers itself at the first run."""

from babilu import Bot

bot = Bot("127.0.0.1", 5050, "echo")


@bot.message
def echo(message):
    """Say it again."""
    return message.text


if __name__ == "__main__":
    bot.run()
