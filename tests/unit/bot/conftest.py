from babilu.bot.pytest_plugin import babilu_bot

__all__ = ["babilu_bot"]
