"""Triton's response cache, as an option: a screen seen before costs no model run.

`siglip2`, `ocr_det` and `ocr_rec` have `response_cache` in their configs. What they answer depends
on their input tensors alone, so nothing in the cache can go stale: not by a request's options, and
not by the gallery, which is looked up anew each time. Failures are not kept.
"""

from vislex.serving.installation import wheel_server


def cache_arguments(megabytes: int) -> list[str]:
    """Arguments of `tritonserver` for a cache of that size in memory; none for 0.

    A detector's answer takes 1.7 MB of it, the other two a few kB. The cache finds an input by a
    hash of 64 bits and does not compare the input itself.
    """
    if not megabytes:
        return []
    arguments = [f"--cache-config=local,size={megabytes * 2**20}"]
    wheel = wheel_server()
    if wheel is not None:  # elsewhere the server's own directory is right
        arguments.append(f"--cache-directory={wheel / 'caches'}")
    return arguments
