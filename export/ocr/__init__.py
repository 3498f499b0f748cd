"""PP-OCR's models: fetched, rewritten, exported and checked."""
