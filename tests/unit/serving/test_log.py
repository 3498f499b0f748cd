"""What is said of a server that ended: its signal by name, and its own last words."""

from pathlib import Path

import pytest

from vislex.serving.log import TO_STANDARD_ERROR, death_of, failure_in

# As Triton 24.10 and its Python backend write them on a machine without a GPU.
START = """\
W1128 09:32:51.205383 15409 pinned_memory_manager.cc:273] "Unable to allocate pinned system memory"
E1128 09:32:51.205550 15409 server.cc:241] "CudaDriverHelper has not been initialized."
| cache_enabled                    | 0            |
+----------------------------------+--------------+

I1128 09:32:31.097931 10243 http_server.cc:362] "Started Metrics Service at 127.0.0.1:44677"
"""
WORKERS = "I1128 09:32:46.956609 11670 pb_stub.cc:2145]  Non-graceful termination detected. \n"


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        (-8, "", "-8 (SIGFPE): the last line of its log: Started Metrics Service at"
         " 127.0.0.1:44677"),
        (-9, "", "-9 (SIGKILL): the last line of its log: Started Metrics Service at"
         " 127.0.0.1:44677"),
        (-11, "Signal (11) received.\n 0# 0x00005561\n 1# clone in /lib/libc.so.6\n\n",
         "-11 (SIGSEGV): Signal (11) received."),
        (-6, "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  no\n",
         "-6 (SIGABRT): what():  no"),
        (1, 'E1128 09:40:00.000000 1 main.cc:1] "out of something"\n', "1: out of something"),
        (3, 'W1128 09:40:00.000000 1 x.cc:1] "slow"\n', "3: the last line of its log: slow"),
    ],
)  # fmt: skip
def test_how_it_ended_is_its_signal_and_its_last_words(
    tmp_path: Path, status: int, said: str, expected: str
) -> None:
    log = tmp_path / "log"
    log.write_text(START + said + WORKERS * 7)
    assert death_of(status, log) == expected


def test_a_log_that_says_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("")
    assert death_of(0, log) == "0: it logged nothing"
    assert death_of(-9, TO_STANDARD_ERROR) == "-9 (SIGKILL): see its own words above"


def test_why_it_did_not_start_is_not_that_there_is_no_gpu(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(START + 'E1128 09:40:00.000000 1 main.cc:1] "failed to bind port"\n' + WORKERS)
    assert failure_in(log) == "failed to bind port"
