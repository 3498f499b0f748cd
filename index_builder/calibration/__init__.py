"""Learning from the gallery itself when an answer is `other`."""
