"""The public face of a server: admission, deadlines, credentials and health before Triton.

Calls pass through as bytes. What is decided here is who may call, how many at a time, for how long
and what is told about it; a cancellation never reaches Triton (docs/operations.md).
"""
