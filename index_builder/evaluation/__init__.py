"""How well labelled queries are answered: judged, counted, compared."""
