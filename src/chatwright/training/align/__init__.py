"""Reinforcement learning of dialogue policies, with Stable-Baselines3."""
