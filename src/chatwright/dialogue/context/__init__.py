"""What a message means that only the conversation before it tells: follow-ups, several requests, topics."""
