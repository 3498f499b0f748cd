"""HTML pages in one file: markup, styles, small images."""
