"""Checkpoints to served models: each export writes a model directory and says how it was made."""
