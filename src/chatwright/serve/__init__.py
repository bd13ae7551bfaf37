"""The server: HTTP API, channels, web pages, metrics, access, workers."""
