"""Inside Triton's Python backend: requests, responses, metrics and status."""
