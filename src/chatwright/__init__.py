"""Chatwright: build trustworthy chatbots in Chinese and English from a folder of text files."""

__version__ = "0.1.0"
