"""Teaching by correcting: a conversation in which each step is confirmed, and becomes training data."""
