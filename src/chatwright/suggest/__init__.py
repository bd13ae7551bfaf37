"""From the logs of a service to a draft of a bot, and to what is worth labelling next."""
