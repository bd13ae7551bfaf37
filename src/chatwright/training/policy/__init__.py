"""Training nets that decide what the bot does next."""
