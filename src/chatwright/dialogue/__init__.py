"""State of a conversation and the policies that decide what happens next."""
