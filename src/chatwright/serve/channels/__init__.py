"""Channels: how messages reach the bot and replies reach people."""
