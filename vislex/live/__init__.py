"""Galleries whose versions change while they are served."""
