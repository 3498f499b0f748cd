"""The real `tritonserver` as a child process: the `nvidia-pytriton` wheel's, or one on PATH."""
