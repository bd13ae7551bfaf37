"""What a bot does: default actions, forms, the project's Python functions, and action servers."""
