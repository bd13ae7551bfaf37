"""Simulated users: what they want, how they say it, what is understood, and what comes of it."""
