"""How good the bot is: held-out NLU data, cross-validation, test conversations, reports."""
