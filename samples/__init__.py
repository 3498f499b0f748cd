"""Synthetic app screens: the command that draws them and the images it drew."""
