"""Rasa 3.6's HTTP API, path for path, as ``rasa run --enable-api`` offers it."""
