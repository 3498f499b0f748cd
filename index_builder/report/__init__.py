"""The HTML report of an evaluation: what it shows and how it is drawn."""
