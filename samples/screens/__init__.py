"""Draws invented lending, bank and payment screens; nothing here imitates a real product."""
