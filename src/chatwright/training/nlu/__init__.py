"""Training of the joint net for intents and entities."""
