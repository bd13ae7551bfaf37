"""Transformer encoders: loading checkpoints, fine-tuning on intents, export for the run time."""
